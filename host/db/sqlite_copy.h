#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "db/sqlite_statement.h"
#include "tide/connection.h"

namespace tide {

// A name, quoted where SQL would read it as something else.
std::string sqlite_ident(std::string_view name);

// A prepared INSERT inside a savepoint: nothing is loaded unless finish() returns. While it lives, `loading` is set
// and the session runs nothing else.
class SqliteCopyIn final : public CopyIn {
 public:
  // `columns` empty = all of them, in the table's order.
  SqliteCopyIn(std::shared_ptr<SqliteSession> session, const std::string& table,
               const std::vector<std::string>& columns, std::shared_ptr<bool> loading);
  ~SqliteCopyIn() override;

  void write(const std::vector<Value>& row) override;
  std::int64_t finish() override;

 private:
  void require_open() const;
  void discard() noexcept;

  std::shared_ptr<SqliteSession> session_;
  std::shared_ptr<bool> loading_;
  std::string table_;
  std::unique_ptr<SqliteStatement> insert_;  // empty once finished or discarded
  std::size_t width_ = 0;
  std::int64_t rows_ = 0;
};

}  // namespace tide
