#include "db/postgres_watch.h"

#include <cstdlib>
#include <cstring>

#include "base/text.h"

namespace tide {
namespace {

std::string field(const PGresult* result, int code) {
  const char* text = PQresultErrorField(result, code);
  return text != nullptr ? text : "";
}

// Where a function ran a statement of its own, the position is in that statement.
std::string context(const PGresult* result) {
  const std::string stack = field(result, PG_DIAG_CONTEXT);
  const std::string query = field(result, PG_DIAG_INTERNAL_QUERY);
  if (query.empty()) return stack;
  const std::string where = cat("at character ", field(result, PG_DIAG_INTERNAL_POSITION), " of: ", query);
  return stack.empty() ? where : cat(where, "\n", stack);
}

Error to_error(const PGresult* result) {
  Error error(ErrorKind::kSql, field(result, PG_DIAG_MESSAGE_PRIMARY));
  if (error.message.empty()) error.message = one_line(PQresultErrorMessage(result));
  error.sqlstate = field(result, PG_DIAG_SQLSTATE);
  error.detail = field(result, PG_DIAG_MESSAGE_DETAIL);
  error.hint = field(result, PG_DIAG_MESSAGE_HINT);
  error.constraint = field(result, PG_DIAG_CONSTRAINT_NAME);
  error.table = field(result, PG_DIAG_TABLE_NAME);
  error.column = field(result, PG_DIAG_COLUMN_NAME);
  error.context = context(result);
  error.position = std::atoi(field(result, PG_DIAG_STATEMENT_POSITION).c_str());
  return error;
}

bool is_fatal(const PGresult* result) {
  const std::string severity = field(result, PG_DIAG_SEVERITY_NONLOCALIZED);
  return severity == "FATAL" || severity == "PANIC";
}

// libpq calls it from C: nothing may leave it.
int on_event(PGEventId id, void* info, void* watch) noexcept {
  if (id != PGEVT_RESULTCREATE) return 1;
  try {
    static_cast<PostgresWatch*>(watch)->see(static_cast<PGEventResultCreate*>(info)->result);
  } catch (const std::exception&) {
    return 0;
  }
  return 1;
}

}  // namespace

void PostgresWatch::forget_command() {
  failure.reset();
  tag.clear();
  copy = PGRES_EMPTY_QUERY;
}

void PostgresWatch::see(const PGresult* result) {
  const ExecStatusType status = PQresultStatus(result);
  if (status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE) {
    failure = std::make_shared<const Error>(to_error(result));
    fatal = fatal || is_fatal(result);
    return;
  }
  copy = status == PGRES_COPY_IN || status == PGRES_COPY_OUT ? status : PGRES_EMPTY_QUERY;
  tag = PQcmdStatus(const_cast<PGresult*>(result));
  if (tag == "COMMIT" || tag == "ROLLBACK") ++transactions_ended;
  if (tag == "CLOSE CURSOR ALL" || tag == "DISCARD ALL") ++cursors_closed;
  if (starts_with(tag, "CREATE") || starts_with(tag, "ALTER") || starts_with(tag, "DROP")) ++schema_changed;
}

void watch_connection(PGconn* connection, PostgresWatch* watch) {
  if (PQregisterEventProc(connection, on_event, "tide", watch) == 0) {
    throw Error(ErrorKind::kInternal, "out of memory while connecting");
  }
}

std::string one_line(const char* text) {
  std::string out;
  for (const char c : trim(text)) {
    const bool space = std::strchr(" \t\r\n", c) != nullptr;
    if (c == '\n' && out.back() != ';' && out.back() != ':') out.push_back(';');
    if (!space) out.push_back(c);
    if (space && out.back() != ' ') out.push_back(' ');
  }
  return out;
}

}  // namespace tide
