#include "db/sqlite_error.h"

#include <sqlite3.h>

#include <array>
#include <string_view>

#include "base/text.h"

namespace tide {
namespace {

struct Code {
  int code;
  std::string_view name;
  std::string_view sqlstate;
};

#define TIDE_CODE(code, sqlstate) \
  Code { code, #code, sqlstate }
// Extended codes before the primary code they belong to: the first row that fits counts.
constexpr std::array kCodes = {
    TIDE_CODE(SQLITE_CONSTRAINT_UNIQUE, "23505"),
    TIDE_CODE(SQLITE_CONSTRAINT_PRIMARYKEY, "23505"),
    TIDE_CODE(SQLITE_CONSTRAINT_ROWID, "23505"),
    TIDE_CODE(SQLITE_CONSTRAINT_NOTNULL, "23502"),
    TIDE_CODE(SQLITE_CONSTRAINT_FOREIGNKEY, "23503"),
    TIDE_CODE(SQLITE_CONSTRAINT_CHECK, "23514"),
    TIDE_CODE(SQLITE_CONSTRAINT_TRIGGER, "P0001"),
    TIDE_CODE(SQLITE_CONSTRAINT_DATATYPE, "42804"),
    TIDE_CODE(SQLITE_CONSTRAINT, "23000"),
    TIDE_CODE(SQLITE_BUSY_SNAPSHOT, "40001"),
    TIDE_CODE(SQLITE_BUSY, "55P03"),
    TIDE_CODE(SQLITE_LOCKED_SHAREDCACHE, "55P03"),
    TIDE_CODE(SQLITE_LOCKED, "55006"),
    TIDE_CODE(SQLITE_READONLY, "25006"),
    TIDE_CODE(SQLITE_AUTH, "25006"),
    TIDE_CODE(SQLITE_INTERRUPT, "57014"),
    TIDE_CODE(SQLITE_ABORT_ROLLBACK, "40000"),
    TIDE_CODE(SQLITE_FULL, "53100"),
    TIDE_CODE(SQLITE_NOMEM, "53200"),
    TIDE_CODE(SQLITE_TOOBIG, "54000"),
    TIDE_CODE(SQLITE_MISMATCH, "42804"),
    TIDE_CODE(SQLITE_PERM, "42501"),
    TIDE_CODE(SQLITE_CANTOPEN, "58P01"),
    TIDE_CODE(SQLITE_IOERR, "58030"),
    TIDE_CODE(SQLITE_NOTADB, "XX001"),
    TIDE_CODE(SQLITE_CORRUPT, "XX001"),
    TIDE_CODE(SQLITE_SCHEMA, "0A000"),
};
#undef TIDE_CODE

// SQLite has one code, SQLITE_ERROR, for every text it refuses, and says only in its message which object a constraint
// belongs to. The messages are fixed and never translated; this table and the function below are the one place that
// reads them.
struct Wording {
  std::string_view begin;
  std::string_view end;
  std::string_view sqlstate;
};
constexpr std::array<Wording, 20> kWordings = {{
    {"", ": syntax error", "42601"},
    {"incomplete input", "", "42601"},
    {"unrecognized token: ", "", "42601"},
    {"no such table: ", "", "42P01"},
    {"no such view: ", "", "42P01"},
    {"no such column: ", "", "42703"},
    {"table ", " has no column named ", "42703"},
    {"no such function: ", "", "42883"},
    {"wrong number of arguments to function ", "", "42883"},
    {"no such index: ", "", "42704"},
    {"no such trigger: ", "", "42704"},
    {"no such collation sequence: ", "", "42704"},
    {"no such savepoint: ", "", "3B001"},
    {"ambiguous column name: ", "", "42702"},
    {"duplicate column name: ", "", "42701"},
    {"", " already exists", "42P07"},
    {"cannot start a transaction within a transaction", "", "25001"},
    {"cannot VACUUM from within a transaction", "", "25001"},
    {"cannot commit - no transaction is active", "", "25P01"},
    {"cannot rollback - no transaction is active", "", "25P01"},
}};

std::string_view sqlstate_of_message(std::string_view message) {
  for (const Wording& wording : kWordings) {
    if (starts_with(message, wording.begin) && message.find(wording.end) != std::string_view::npos) {
      return wording.sqlstate;
    }
  }
  return "";
}

// "UNIQUE constraint failed: t.a, t.b", "UNIQUE constraint failed: index 'i'", "CHECK constraint failed: name".
void name_constraint(Error& error, int rc) {
  const std::size_t mark = error.message.find(" constraint failed: ");
  if (mark == std::string::npos) return;
  const std::string subject = error.message.substr(error.message.find(": ") + 2);
  const std::size_t dot = subject.find('.');
  if (rc == SQLITE_CONSTRAINT_CHECK) {
    error.constraint = subject;
  } else if (starts_with(subject, "index '") && ends_with(subject, "'")) {
    error.constraint = subject.substr(7, subject.size() - 8);
  } else if (dot != std::string::npos) {
    error.table = subject.substr(0, dot);
    if (subject.find(", ") == std::string::npos) error.column = subject.substr(dot + 1);
  }
}

const Code* find_code(int rc) {
  for (const Code& row : kCodes) {
    if (row.code == rc || row.code == (rc & 0xff)) return &row;
  }
  return nullptr;
}

// 1-based; an unfinished text is wrong at its end.
int character_position(sqlite3* db, const Error& error) {
  const int offset = sqlite3_error_offset(db);
  if (offset < 0 && error.sqlstate != "42601") return 0;
  const std::string_view before = std::string_view(error.statement).substr(0, static_cast<std::size_t>(offset));
  return static_cast<int>(utf8_length(before)) + 1;
}

}  // namespace

Error sqlite_failure(sqlite3* db, int rc, const std::string& sql) {
  const bool interrupted = (rc & 0xff) == SQLITE_INTERRUPT;
  Error error(interrupted ? ErrorKind::kInterrupted : ErrorKind::kSql, sqlite3_errmsg(db));
  error.statement = sql;
  if (const Code* code = find_code(rc)) {
    error.sqlstate = code->sqlstate;
    error.detail = code->name;
  } else {
    error.sqlstate = sqlstate_of_message(error.message);
    error.position = character_position(db, error);
  }
  if ((rc & 0xff) == SQLITE_CONSTRAINT) name_constraint(error, rc);
  return error;
}

}  // namespace tide
