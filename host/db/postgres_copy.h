#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "db/postgres_session.h"

namespace tide {

// COPY ... FROM STDIN in text format. Strings go as bytes into columns of type bytea. Dropped unfinished it takes
// back what was written; inside a transaction the rest of the transaction stays usable.
class PostgresCopyIn final : public CopyIn {
 public:
  PostgresCopyIn(std::shared_ptr<PostgresSession> session, const std::string& table,
                 const std::vector<std::string>& columns);
  ~PostgresCopyIn() override;

  void write(const std::vector<Value>& row) override;
  std::int64_t finish() override;

 private:
  void require_open() const;
  void write_field(const Value& value, std::size_t column);
  void send();
  void discard();

  std::shared_ptr<PostgresSession> session_;
  std::string sql_;
  std::vector<Oid> types_;
  std::string buffer_;
  std::int64_t rows_ = 0;
  bool in_transaction_;
  bool open_ = false;
};

// Runs `sql`, a COPY ... TO STDOUT, and hands out its rows one by one; returns how many. What `write` raises ends
// the statement.
std::int64_t copy_rows_out(PostgresSession& session, const std::string& sql,
                           const std::function<void(std::string_view)>& write);

// Runs `sql`, a COPY ... FROM STDIN, with these lines as its data; returns the rows loaded.
std::int64_t copy_data_in(PostgresSession& session, const std::string& sql, std::string_view data);

}  // namespace tide
