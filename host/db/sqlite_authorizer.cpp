#include "db/sqlite_authorizer.h"

#include <sqlite3.h>

#include <initializer_list>

namespace tide {
namespace {

bool would_unprotect(int action, const char* name, const char* value) {
  if (action != SQLITE_PRAGMA || value == nullptr) return false;
  for (const char* denied : {"query_only", "journal_mode", "writable_schema"}) {
    if (sqlite3_stricmp(name, denied) == 0) return true;
  }
  return false;
}

bool changes_session(int action) {
  return action == SQLITE_PRAGMA || action == SQLITE_ATTACH || action == SQLITE_DETACH;
}

bool is_temporary(const char* database) { return database != nullptr && sqlite3_stricmp(database, "temp") == 0; }

bool changes_schema(int action) {
  switch (action) {
    case SQLITE_CREATE_TABLE:
    case SQLITE_CREATE_TEMP_TABLE:
    case SQLITE_CREATE_INDEX:
    case SQLITE_CREATE_TEMP_INDEX:
    case SQLITE_CREATE_VIEW:
    case SQLITE_CREATE_TEMP_VIEW:
    case SQLITE_CREATE_TRIGGER:
    case SQLITE_CREATE_TEMP_TRIGGER:
    case SQLITE_CREATE_VTABLE:
    case SQLITE_ALTER_TABLE:
    case SQLITE_DROP_TABLE:
    case SQLITE_DROP_TEMP_TABLE:
    case SQLITE_DROP_INDEX:
    case SQLITE_DROP_TEMP_INDEX:
    case SQLITE_DROP_VIEW:
    case SQLITE_DROP_TEMP_VIEW:
    case SQLITE_DROP_TRIGGER:
    case SQLITE_DROP_TEMP_TRIGGER:
    case SQLITE_DROP_VTABLE:
      return true;
    default:
      return false;
  }
}

}  // namespace

void SqliteAuthorizer::watch(sqlite3* db) {
  db_ = db;
  sqlite3_set_authorizer(db_, decide, this);
}

// What was compiled while the session could write is asked about again.
void SqliteAuthorizer::set_protected(bool on) {
  protects_ = on;
  watch(db_);
}

int SqliteAuthorizer::decide(void* self, int action, const char* name, const char* value, const char* database,
                             const char*) {
  auto& authorizer = *static_cast<SqliteAuthorizer*>(self);
  authorizer.note(action, database);
  return authorizer.protects_ && would_unprotect(action, name, value) ? SQLITE_DENY : SQLITE_OK;
}

void SqliteAuthorizer::note(int action, const char* database) {
  session_marked_ = session_marked_ || changes_session(action) || is_temporary(database);
  if (changes_session(action) || changes_schema(action)) reusable_ = false;
}

}  // namespace tide
