#pragma once

#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "db/sqlite_rows.h"
#include "db/sqlite_statement.h"
#include "tide/connection.h"

namespace tide {

// The whole result of a statement that has ended.
class SqliteResult final : public Cursor {
 public:
  SqliteResult(std::vector<std::string> names, std::vector<ColumnOrigin> origins, std::unique_ptr<SqliteRows> rows);

  const std::vector<std::string>& names() const override { return names_; }
  ColumnOrigin origin(std::size_t column) const override { return origins_.at(column); }
  bool next() override { return rows_ && rows_->next(); }
  Cell cell(std::size_t column) override { return rows_->row().at(column); }
  Value array(std::size_t column) override;
  void close() noexcept override { rows_.reset(); }

 private:
  std::vector<std::string> names_;
  std::vector<ColumnOrigin> origins_;
  std::unique_ptr<SqliteRows> rows_;
};

// Rows as SQLite finds them, one step a row. When another statement could disturb that, the rest of the rows is
// written to the side first, so that the reader sees the result as it was when the statement began. Until then, or
// the end, SQLite holds a read lock: outside of WAL mode other connections cannot commit.
class SqliteStream final : public Cursor, private SqliteReader {
 public:
  // Takes the first step, so that a statement that cannot run fails here.
  explicit SqliteStream(std::unique_ptr<SqliteStatement> statement);
  ~SqliteStream() override;

  const std::vector<std::string>& names() const override { return names_; }
  ColumnOrigin origin(std::size_t column) const override { return origins_.at(column); }
  bool next() override;
  Cell cell(std::size_t column) override;
  Value array(std::size_t column) override;
  void close() noexcept override;

 private:
  enum class At : unsigned char { kBeforeFirst, kRow, kEnd };

  bool step();
  void set_aside() override;
  bool next_set_aside();

  std::unique_ptr<SqliteStatement> statement_;
  std::vector<std::string> names_;
  std::vector<ColumnOrigin> origins_;
  At at_ = At::kBeforeFirst;
  bool has_first_ = false;
  std::vector<std::string> texts_;  // text of the current row that was looked at, by column
  std::unique_ptr<SqliteRows> aside_;
  std::exception_ptr failure_;  // what ended the reading ahead; raised after the rows before it
};

// Steps to the end and keeps every row. Counts them in `rows`.
std::unique_ptr<Cursor> read_whole(SqliteStatement& statement, std::int64_t& rows);

}  // namespace tide
