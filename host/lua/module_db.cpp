#include <lua.hpp>
#include <memory>
#include <string>
#include <utility>

#include "db/script.h"
#include "db/sql_scan.h"
#include "lua/convert.h"
#include "lua/db_session.h"
#include "lua/modules.h"
#include "lua/state.h"
#include "sys/files.h"
#include "tide/error.h"

namespace tide {

namespace {

// The statement in argument 2 with its parameters behind it, and the script's line as its origin.
Statement check_statement(lua_State* L) {
  Statement statement(check_text(L, 2), to_values(L, 3, lua_gettop(L)));
  lua_Debug frame;
  for (int level = 1; lua_getstack(L, level, &frame) != 0; ++level) {
    lua_getinfo(L, "Sl", &frame);
    if (frame.source[0] != '@') continue;
    statement.file = frame.source + 1;
    statement.line = frame.currentline;
    break;
  }
  return statement;
}

bool touches_rows_only(const std::string& sql, const Connection& connection) {
  const Dialect dialect = connection.info().engine == "sqlite" ? Dialect::kSqlite : Dialect::kPostgres;
  const std::string verb = classify_sql(sql, dialect).verb;
  return verb == "SELECT" || verb == "INSERT" || verb == "UPDATE" || verb == "DELETE" || verb == "WITH";
}

int l_execute(lua_State* L) {
  const auto& session = check_session(L);
  const Statement statement = check_statement(L);
  const bool shares = session->tasks.empty() || touches_rows_only(statement.sql, *session->connection);
  Connection& connection = shares ? *session->connection : check_free_connection(L);
  push_integer(L, connection.execute(statement));
  return 1;
}

int push_rows(lua_State* L, std::unique_ptr<Cursor> cursor) {
  push_list(L, cursor->names());
  DbTask task;
  task.rows = std::move(cursor);
  push_task(L, std::move(task), kRowsType);
  lua_insert(L, -2);
  return 2;
}

// query(db, sql, ...) -> rows, names; the whole result is held
int l_query(lua_State* L) { return push_rows(L, check_connection(L).query(check_statement(L))); }
// look(db, sql, ...) -> rows, names: what the stdlib asks the catalogs for itself, not a statement of the script
int l_look(lua_State* L) {
  Statement statement = check_statement(L);
  statement.internal = true;
  return push_rows(L, check_connection(L).query(statement));
}
// stream(db, sql, ...) -> rows, names; in constant memory
int l_stream(lua_State* L) { return push_rows(L, check_connection(L).stream(check_statement(L))); }

void push_column(lua_State* L, Cursor& cursor, std::size_t column) {
  const Cell cell = cursor.cell(column);
  if (cell.kind == Cell::Kind::kArray) {
    push_value(L, cursor.array(column), true);
  } else {
    push_cell(L, cell);
  }
}

// The cursor in argument 1, on its next row; nullptr at the end.
Cursor* next_row(lua_State* L) {
  DbTask& task = check_task(L, kRowsType);
  if (task.rows && task.rows->next()) return task.rows.get();
  task.rows.reset();
  return nullptr;
}

// fetch(rows) -> true, value of each column; nothing at the end
int l_fetch(lua_State* L) {
  Cursor* rows = next_row(L);
  if (rows == nullptr) return 0;
  const std::size_t columns = rows->names().size();
  luaL_checkstack(L, static_cast<int>(columns) + 1, "too many columns");
  lua_pushboolean(L, 1);
  for (std::size_t i = 0; i < columns; ++i) push_column(L, *rows, i);
  return static_cast<int>(columns) + 1;
}

// fetch_table(rows) -> a row as a table, or nil: for results wider than a Lua function can name
int l_fetch_table(lua_State* L) {
  Cursor* rows = next_row(L);
  if (rows == nullptr) return 0;
  const auto& names = rows->names();
  lua_createtable(L, 0, static_cast<int>(names.size()));
  for (std::size_t i = 0; i < names.size(); ++i) {
    push_text(L, names[i]);
    push_column(L, *rows, i);
    lua_rawset(L, -3);
  }
  return 1;
}

int l_close_rows(lua_State* L) {
  check_task(L, kRowsType).rows.reset();
  return 0;
}

int l_begin(lua_State* L) {
  TransactionOptions options;
  options.isolation = luaL_optstring(L, 2, "");
  options.read_only = lua_toboolean(L, 3) != 0;
  check_connection(L).begin(options);
  return 0;
}
int l_commit(lua_State* L) {
  check_connection(L).commit();
  return 0;
}
int l_rollback(lua_State* L) {
  check_connection(L).rollback();
  return 0;
}
int l_savepoint(lua_State* L) {
  check_connection(L).savepoint(check_text(L, 2));
  return 0;
}
int l_release(lua_State* L) {
  check_connection(L).release(check_text(L, 2));
  return 0;
}
int l_rollback_to(lua_State* L) {
  check_connection(L).rollback_to(check_text(L, 2));
  return 0;
}
// reopen(db): the next statement connects anew; for a session that was lost
int l_reopen(lua_State* L) {
  if (is_connected(L)) check_session(L)->forget();
  return 0;
}

// transaction_state(db) -> "idle", "open", "failed" or "lost"; "idle" of one that nobody has used yet
int l_transaction_state(lua_State* L) {
  if (!is_connected(L)) return lua_pushstring(L, "idle"), 1;
  static constexpr const char* kNames[] = {"idle", "open", "failed", "lost"};
  lua_pushstring(L, kNames[static_cast<int>(check_connection(L).transaction_state())]);
  return 1;
}

ScriptOptions script_options(lua_State* L, const std::string& file) {
  const LuaOptions& options = state_of(L).options();
  return {file, [&options](const std::string& path) { return read_file(check_path(options, path)); }};
}

// script(db, text) -> rows affected in all
int l_script(lua_State* L) {
  Connection& connection = check_free_connection(L);
  push_integer(L, run_script(connection, check_text(L, 2), script_options(L, "")).rows);
  return 1;
}
int l_file(lua_State* L) {
  Connection& connection = check_free_connection(L);
  const std::string path = check_text(L, 2);
  const ScriptOptions options = script_options(L, path);
  push_integer(L, run_script(connection, options.read(path), options).rows);
  return 1;
}

int l_ident(lua_State* L) {
  push_text(L, check_connection(L).ident(check_text(L, 2)));
  return 1;
}
int l_literal(lua_State* L) {
  push_text(L, check_connection(L).literal(to_value(L, 2, "the value")));
  return 1;
}

// info(db) -> engine, version, database name
int l_info(lua_State* L) {
  const ConnectionInfo& info = check_connection(L).info();
  push_text(L, info.engine);
  push_text(L, info.version);
  push_text(L, info.database);
  return 3;
}
int l_read_only(lua_State* L) {
  lua_pushboolean(L, check_connection(L).read_only() ? 1 : 0);
  return 1;
}

// enforce_foreign_keys(db, on): SQLite, inside a transaction
int l_enforce_foreign_keys(lua_State* L) {
  check_free_connection(L).enforce_foreign_keys(lua_toboolean(L, 2) != 0);
  return 0;
}

int l_connect(lua_State* L) {
  const auto& connect = state_of(L).options().connect;
  state_of(L).effects().note();  // what it writes there is not rolled back with the migration
  if (!connect) throw Error(ErrorKind::kUsage, "this script may not open further connections");
  auto session = std::make_shared<DbSession>();
  session->connection = connect(check_text(L, 1));
  push_session(L, std::move(session));
  return 1;
}
int l_close(lua_State* L) {
  check_session(L)->end();
  return 0;
}

// open(index): makes the types; `index` is the __index of a session
int l_open(lua_State* L) {
  open_session_types(L, 1);
  return 0;
}

}  // namespace

static constexpr NativeEntry kEntries[] = {
    {"begin", l_begin},
    {"close", l_close},
    {"close_rows", l_close_rows},
    {"commit", l_commit},
    {"connect", l_connect},
    {"enforce_foreign_keys", l_enforce_foreign_keys},
    {"execute", l_execute},
    {"fetch", l_fetch},
    {"fetch_table", l_fetch_table},
    {"file", l_file},
    {"ident", l_ident},
    {"info", l_info},
    {"literal", l_literal},
    {"look", l_look},
    {"open", l_open},
    {"query", l_query},
    {"read_only", l_read_only},
    {"release", l_release},
    {"reopen", l_reopen},
    {"rollback", l_rollback},
    {"rollback_to", l_rollback_to},
    {"savepoint", l_savepoint},
    {"script", l_script},
    {"stream", l_stream},
    {"transaction_state", l_transaction_state},
};
const NativeModule kDbModule = {"db", kEntries, std::size(kEntries)};

}  // namespace tide
