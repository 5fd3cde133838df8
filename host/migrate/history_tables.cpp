#include "migrate/history_tables.h"

#include "base/text.h"
#include "migrate/history_row.h"
#include "migrate/history_sql.h"
#include "tide/error.h"

namespace tide {
namespace {

constexpr const char* kFormat = "1";
constexpr const char* kTables[] = {"meta", "migrations", "events"};  // the columns of HistorySql::tables

Statement internal(const char* sql, std::vector<Value> params) {
  Statement statement(sql, std::move(params));
  statement.internal = true;
  return statement;
}

const HistorySql& sql_for(const std::string& engine) {
  return engine == "sqlite" ? sqlite_history_sql() : postgres_history_sql();
}

// SQLite takes its write lock at once then: two readers that both go on to write would refuse each other.
TransactionOptions to_write() {
  TransactionOptions options;
  options.managed = true;
  return options;
}

void roll_back(Connection& connection) noexcept {
  try {
    connection.rollback();
  } catch (const Error&) {  // the connection is gone, and the transaction with it
  }
}

bool is_denied(const Error& error) { return error.sqlstate == "42501"; }

Error cannot_create(const Error& cause, const ConnectionInfo& info) {
  Error error = cause;
  error.cause = std::make_shared<Error>(cause);
  error.message = cat("the history cannot be created in ", info.database, ": ", cause.message);
  if (!is_denied(cause)) return error;
  error.next.clear();
  error.message =
      cat("the history cannot be created: ", info.user, " may not create the schema tide in database ", info.database);
  return error.advise(cat("GRANT CREATE ON DATABASE ", info.database, " TO ", info.user))
      .advise(cat("or, as the owner of the database: CREATE SCHEMA tide AUTHORIZATION ", info.user));
}

bool is_undefined(const Error& error) { return error.sqlstate == "42P01" || error.sqlstate == "42703"; }

Error not_as_made(const std::string& what) {
  return Error(ErrorKind::kHistory, what)
      .note_done("the history was not changed")
      .advise("put back what is missing, from a backup or by hand");
}

bool is_read_only(const Error& error) { return error.sqlstate == "25006"; }

Error only_readable(const ConnectionInfo& info) {
  Error error(ErrorKind::kConnect, cat("the database may only be read: ", info.display));
  if (info.engine != "sqlite") {
    error.hint =
        "it is a standby, or default_transaction_read_only is on; with several hosts in the URL, "
        "target_session_attrs=read-write finds the one that may be written to";
  }
  return error.note_done("nothing was changed");
}

// A history that somebody else made is closed to us until its owner opens it.
template <class Work>
auto explained(const Connection& connection, const Work& work) {
  try {
    return work();
  } catch (Error& error) {
    const ConnectionInfo& info = connection.info();
    if (is_undefined(error)) {
      Error changed = not_as_made(cat("the history in ", info.database, " was changed by hand: ", error.message));
      changed.sqlstate = error.sqlstate;
      throw changed;
    }
    if (is_read_only(error)) throw only_readable(info);
    if (!is_denied(error)) throw;
    throw error.advise(cat("GRANT USAGE ON SCHEMA tide TO ", info.user))
        .advise(cat("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA tide TO ", info.user));
  }
}

}  // namespace

HistoryTables::HistoryTables(Connection& connection)
    : connection_(connection), sql_(sql_for(connection.info().engine)) {}

bool HistoryTables::exist() {
  std::unique_ptr<Cursor> row = query(sql_.tables);
  std::vector<std::string> there;
  std::vector<std::string> missing;
  const bool read = row->next();
  for (std::size_t i = 0; read && i < std::size(kTables); ++i) {
    (bool_at(*row, i) ? there : missing).emplace_back(kTables[i]);
  }
  if (there.empty() || missing.empty()) return !there.empty();
  throw not_as_made(cat("the history in ", connection_.info().database, " is not whole: it has ", join(there, " and "),
                        ", and lacks ", join(missing, " and ")));
}

void HistoryTables::ensure() {
  if (connection_.read_only()) throw only_readable(connection_.info());
  if (exist()) return check_format();
  try {
    create();
  } catch (const Error& error) {
    if (error.kind != ErrorKind::kSql) throw;
    throw cannot_create(error, connection_.info());
  }
}

void HistoryTables::create() {
  in_transaction([this] {
    if (*sql_.serialize_creation) query(sql_.serialize_creation);
    if (exist()) return;
    if (*sql_.create_schema && !first_bool(sql_.schema_exists)) execute(sql_.create_schema);
    for (const char* statement : sql_.create) execute(statement);
  });
}

void HistoryTables::check_format() { check_format(first_text(sql_.format)); }

void HistoryTables::check_format(std::string_view format) const {
  if (format == kFormat) return;
  if (format.empty()) {
    throw not_as_made(cat("the history in ", connection_.info().database,
                          " does not say its format: the row 'format' of its table meta is gone"));
  }
  throw Error(ErrorKind::kHistory, cat("the history in ", connection_.info().database, " has format ", format,
                                       "; this tide knows format ", kFormat, ". Nothing was changed"))
      .advise("use the tide version that wrote it, or a later one");
}

std::int64_t HistoryTables::execute(const char* sql, std::vector<Value> params) {
  return explained(connection_, [&] { return connection_.execute(internal(sql, std::move(params))); });
}

std::unique_ptr<Cursor> HistoryTables::query(const char* sql, std::vector<Value> params) {
  return explained(connection_, [&] { return connection_.query(internal(sql, std::move(params))); });
}

std::string HistoryTables::first_text(const char* sql, std::vector<Value> params) {
  std::unique_ptr<Cursor> row = query(sql, std::move(params));
  return row->next() ? text_at(*row, 0) : "";
}

bool HistoryTables::first_bool(const char* sql, std::vector<Value> params) {
  std::unique_ptr<Cursor> row = query(sql, std::move(params));
  return row->next() && bool_at(*row, 0);
}

void HistoryTables::in_transaction(const std::function<void()>& work) {
  if (connection_.transaction_state() != TransactionState::kIdle) return work();
  explained(connection_, [&] { connection_.begin(to_write()); });
  try {
    work();
    connection_.commit();
  } catch (const std::exception&) {
    roll_back(connection_);
    throw;
  }
}

}  // namespace tide
