#include "db/sqlite_connection.h"

#include <sqlite3.h>

#include <filesystem>
#include <utility>

#include "base/text.h"
#include "db/cell_text.h"
#include "db/sql_scan.h"
#include "db/sqlite.h"
#include "db/sqlite_copy.h"
#include "db/sqlite_cursor.h"
#include "tide/error.h"

namespace tide {

bool accepts_sqlite(std::string_view url) { return is_sqlite_url(url); }

std::unique_ptr<Connection> open_sqlite(const std::string& url, const ConnectOptions& options) {
  SqliteUrl parsed = parse_sqlite_url(url);
  if (options.read_only) {
    parsed.read_only = true;
    parsed.create = false;
  }
  return std::make_unique<SqliteConnection>(url, parsed);
}

SqliteConnection::SqliteConnection(const std::string& url, const SqliteUrl& parsed)
    : url_(parsed), session_(std::make_shared<SqliteSession>(parsed)), loading_(std::make_shared<bool>(false)) {
  info_.engine = "sqlite";
  info_.version = sqlite3_libversion();
  info_.version_number = sqlite3_libversion_number();
  info_.database = parsed.path;
  info_.display = url;
  if (!url_.memory) url_.path = std::filesystem::absolute(url_.path).string();
}

TransactionState SqliteConnection::transaction_state() const {
  if (session_->rolled_back()) return TransactionState::kFailed;
  return session_->in_transaction() ? TransactionState::kOpen : TransactionState::kIdle;
}

std::string SqliteConnection::ident(std::string_view name) const { return sqlite_ident(name); }

bool SqliteConnection::read_only() {
  return sqlite3_db_readonly(session_->handle(), "main") == 1 || session_->integer("PRAGMA query_only") == 1;
}

std::unique_ptr<Connection> SqliteConnection::clone() {
  if (url_.memory) {
    throw Error(ErrorKind::kUsage,
                "the database is in memory and belongs to this connection alone: no other "
                "connection can be opened to it; use a file");
  }
  auto copy = std::make_unique<SqliteConnection>(info_.display, url_);
  copy->info_.database = info_.database;
  return copy;
}

void SqliteConnection::require_usable(const Statement& statement) const {
  if (!*loading_) return;
  Error error(ErrorKind::kUsage, "a copy_in is under way on this connection; finish it first");
  error.statement = statement.sql;
  throw error;
}

Connection::Outcome SqliteConnection::do_run(const Statement& statement, Mode mode) {
  require_usable(statement);
  if (session_->rolled_back()) {
    const SqlClass what = classify_sql(statement.sql, Dialect::kSqlite);
    if (what.verb == "ROLLBACK" && what.ends_transaction) {
      session_->acknowledge_rollback();
      return {};
    }
    Error error(ErrorKind::kSql, "SQLite has rolled the transaction back after an error; only ROLLBACK can follow");
    error.sqlstate = "25P02";
    error.statement = statement.sql;
    throw error;
  }
  const SqliteSession::Operation operation(*session_);
  try {
    auto prepared = std::make_unique<SqliteStatement>(session_, statement.sql);
    prepared->bind(statement.params);
    Outcome outcome = run_prepared(std::move(prepared), mode);
    session_->settle(false);
    return outcome;
  } catch (...) {
    session_->settle(true);
    throw;
  }
}

Connection::Outcome SqliteConnection::run_prepared(std::unique_ptr<SqliteStatement> prepared, Mode mode) {
  if (!prepared->only_reads()) session_->set_readers_aside();
  Outcome outcome;
  if (mode == Mode::kExecute) {
    outcome.rows = run_to_end(*prepared);
  } else if (mode == Mode::kStream && prepared->only_reads()) {
    outcome.cursor = std::make_unique<SqliteStream>(std::move(prepared));
  } else {
    // rows of a writing statement are held: the write is then over before the caller sees the first of them
    const std::int64_t before = sqlite3_total_changes64(session_->handle());
    outcome.cursor = read_whole(*prepared, outcome.rows);
    if (prepared->writes()) outcome.rows = rows_changed(before);
  }
  return outcome;
}

std::int64_t SqliteConnection::run_to_end(SqliteStatement& prepared) {
  const std::int64_t before = sqlite3_total_changes64(session_->handle());
  std::int64_t rows = 0;
  while (prepared.step()) ++rows;
  return prepared.writes() ? rows_changed(before) : rows;
}

// sqlite3_changes still tells of an earlier statement when this one was no INSERT, UPDATE or DELETE; the total then
// stands still.
std::int64_t SqliteConnection::rows_changed(std::int64_t total_before) const {
  sqlite3* db = session_->handle();
  return sqlite3_total_changes64(db) == total_before ? 0 : sqlite3_changes64(db);
}

void SqliteConnection::do_begin(const TransactionOptions& options) {
  require_usable(Statement("BEGIN"));
  session_->begin(options);
}

std::unique_ptr<CopyIn> SqliteConnection::do_copy_in(const std::string& table,
                                                     const std::vector<std::string>& columns) {
  require_usable(Statement("INSERT INTO " + ident(table)));
  return std::make_unique<SqliteCopyIn>(session_, table, columns, loading_);
}

std::int64_t SqliteConnection::do_copy_out(const Statement& query, CsvFormat format,
                                           const std::function<void(std::string_view)>& write) {
  const Outcome outcome = do_run(query, Mode::kStream);
  if (outcome.cursor->names().empty()) {
    Error error(ErrorKind::kUsage, "copy_out needs a statement that returns rows");
    error.statement = query.sql;
    throw error;
  }
  return write_csv(*outcome.cursor, format, write);
}

std::int64_t SqliteConnection::do_copy_data(const Statement& copy_statement, std::string_view) {
  Error error(ErrorKind::kUsage, "COPY ... FROM stdin is PostgreSQL's; on SQLite db:copy_in loads rows");
  error.statement = copy_statement.sql;
  throw error;
}

void SqliteConnection::reset_session() {
  if (transaction_state() != TransactionState::kIdle || *loading_) {
    throw Error(ErrorKind::kUsage, "a session is reset between transactions, and one is open");
  }
  session_->set_readers_aside();
  if (!session_->marked()) return;
  drop_temporary_objects();
  for (const std::string& name : texts("SELECT name FROM pragma_database_list WHERE name NOT IN ('main', 'temp')")) {
    session_->execute(cat("DETACH ", sqlite_ident(name)));
  }
  session_->restore_defaults();
}

void SqliteConnection::drop_temporary_objects() {
  const auto drops = texts(
      "SELECT 'DROP ' || type || ' IF EXISTS temp.\"' || replace(name, '\"', '\"\"') || '\"' FROM temp.sqlite_master "
      "WHERE type IN ('table', 'view', 'trigger') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' "
      "ORDER BY type = 'table', type = 'view', sql NOT LIKE 'CREATE VIRTUAL %'");
  if (drops.empty()) return;
  session_->execute("PRAGMA query_only = 0");
  session_->execute("PRAGMA foreign_keys = 0");
  for (const std::string& drop : drops) session_->execute(drop);
}

std::vector<std::string> SqliteConnection::texts(const std::string& sql) {
  SqliteStatement statement(session_, sql);
  std::vector<std::string> found;
  while (statement.step()) found.emplace_back(statement.cell(0).text);
  return found;
}

}  // namespace tide
