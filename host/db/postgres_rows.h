#pragma once

#include <memory>
#include <string>
#include <vector>

#include "db/postgres_session.h"

namespace tide {

// The columns of a result: names, what their types become, and room for what must be decoded.
struct PostgresColumns {
  std::vector<std::string> names;
  std::vector<PgType> types;
  std::vector<std::string> scratch;
  std::vector<ColumnOrigin> origins;

  void add(const char* name, PgType type);
  // kUsage when there is no such column.
  void require(std::size_t column) const {
    if (column >= types.size()) refuse(column);
  }

 private:
  [[noreturn]] void refuse(std::size_t column) const;
};

// A whole result, held by libpqxx.
class PostgresRows final : public Cursor {
 public:
  PostgresRows(PostgresSession& session, const pqxx::result& result);

  const std::vector<std::string>& names() const override { return columns_.names; }
  ColumnOrigin origin(std::size_t column) const override { return columns_.origins.at(column); }
  bool next() override;
  Cell cell(std::size_t column) override;
  Value array(std::size_t column) override;
  void close() noexcept override { result_ = pqxx::result(); }

 private:
  pqxx::field field(std::size_t column) const;

  pqxx::result result_;
  PostgresColumns columns_;
  pqxx::result::size_type next_ = 0;
  pqxx::row row_;
};

}  // namespace tide
