#pragma once

#include <memory>
#include <string>
#include <vector>

#include "db/sqlite_session.h"
#include "tide/connection.h"
#include "tide/value.h"

namespace tide {

// A prepared statement on loan from the session's cache. The session lives as long as its statements.
class SqliteStatement {
 public:
  SqliteStatement(std::shared_ptr<SqliteSession> session, std::string sql);
  ~SqliteStatement();
  SqliteStatement(const SqliteStatement&) = delete;
  SqliteStatement& operator=(const SqliteStatement&) = delete;

  bool empty() const { return statement_ == nullptr; }  // the text was white space and comments
  bool writes() const;                                  // changes the content of a database file
  bool only_reads() const;                              // returns rows and changes nothing
  int columns() const;                                  // 0 when it returns no rows
  std::vector<std::string> names() const;
  std::vector<ColumnOrigin> origins() const;

  // $1 takes the first value, and so on. kUsage when the number of values does not fit or a parameter is not
  // written $n; kSql when SQLite cannot store a value.
  void bind(const std::vector<Value>& params);
  bool step();  // true: a row; false: done. Raises what SQLite raises.
  void reset();

  // Of the current row. Views stay valid until the next step.
  Cell cell(int column);

  const std::string& sql() const { return sql_; }
  SqliteSession& session() const { return *session_; }

 private:
  void bind_one(int slot, std::size_t number, const Value& value);
  bool is_boolean(int column);

  std::shared_ptr<SqliteSession> session_;
  std::string sql_;
  sqlite3_stmt* statement_;
  std::vector<signed char> booleans_;  // by column: 1 = declared boolean, 0 = not, -1 = not looked up yet
};

}  // namespace tide
