#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tide/connection.h"

namespace tide {

struct HistorySql;

// The tables of the history in one database: whether they are there, their making, their format, and the one door for
// statements on them. A statement that is denied raises kSql that says which right is missing; one that finds a table
// or a column missing raises kHistory; one that writes where it may only read kConnect.
class HistoryTables {
 public:
  explicit HistoryTables(Connection& connection);

  Connection& connection() const { return connection_; }
  const HistorySql& sql() const { return sql_; }

  bool exist();  // kHistory when only some of them do
  // As History::ensure; kConnect where the database may only be read.
  void ensure();
  // kHistory for another format than ours.
  void check_format();
  void check_format(std::string_view format) const;

  std::int64_t execute(const char* sql, std::vector<Value> params = {});
  std::unique_ptr<Cursor> query(const char* sql, std::vector<Value> params = {});
  std::string first_text(const char* sql, std::vector<Value> params = {});  // "" without a row
  bool first_bool(const char* sql, std::vector<Value> params = {});         // false without a row

  // Does the work in the caller's transaction, or in one of its own when none is open.
  void in_transaction(const std::function<void()>& work);

 private:
  void create();

  Connection& connection_;
  const HistorySql& sql_;
};

}  // namespace tide
