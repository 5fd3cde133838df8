#include <cstdio>
#include <lua.hpp>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "db/script.h"
#include "lua/convert.h"
#include "lua/modules.h"
#include "lua/session.h"
#include "lua/state.h"
#include "sys/files.h"
#include "tide/error.h"

namespace tide {

namespace {

constexpr const char* kSessionType = "tide.db";
constexpr const char* kCursorType = "tide.cursor";
constexpr const char* kCopyType = "tide.copy";

// Cursors that a script let go of are closed at its next statement: closing one sends SQL, and the garbage collector
// may run in the middle of anything.
struct Session {
  std::shared_ptr<Connection> connection;
  std::vector<std::unique_ptr<Cursor>> abandoned;
};
// A cursor and a load refer to their connection, which therefore stands first and dies last.
struct Rows {
  std::shared_ptr<Connection> connection;
  std::weak_ptr<Session> session;
  std::unique_ptr<Cursor> cursor;
};
struct Copy {
  std::shared_ptr<Connection> connection;
  std::unique_ptr<CopyIn> load;
};
using SessionPointer = std::shared_ptr<Session>;

template <class T>
T& check_object(lua_State* L, int index, const char* type) {
  return *static_cast<T*>(luaL_checkudata(L, index, type));
}

template <class T>
void push_object(lua_State* L, T object, const char* type) {
  new (lua_newuserdata(L, sizeof(T))) T(std::move(object));
  luaL_getmetatable(L, type);
  lua_setmetatable(L, -2);
}

const SessionPointer& check_session(lua_State* L) { return check_object<SessionPointer>(L, 1, kSessionType); }

Connection& check_connection(lua_State* L) {
  const SessionPointer& session = check_session(L);
  session->abandoned.clear();
  if (!session->connection) throw Error(ErrorKind::kUsage, "this connection is closed");
  return *session->connection;
}

std::string check_text(lua_State* L, int index) {
  std::size_t size = 0;
  const char* text = luaL_checklstring(L, index, &size);
  return {text, size};
}

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

int l_execute(lua_State* L) {
  push_integer(L, check_connection(L).execute(check_statement(L)));
  return 1;
}

int push_rows(lua_State* L, std::unique_ptr<Cursor> cursor) {
  const auto& names = cursor->names();
  lua_createtable(L, static_cast<int>(names.size()), 0);
  int i = 0;
  for (const auto& name : names) {
    push_text(L, name);
    lua_rawseti(L, -2, ++i);
  }
  push_object(L, Rows{check_session(L)->connection, check_session(L), std::move(cursor)}, kCursorType);
  lua_insert(L, -2);
  return 2;
}

// query(db, sql, ...) -> rows, names; the whole result is held
int l_query(lua_State* L) { return push_rows(L, check_connection(L).query(check_statement(L))); }
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

// fetch(rows) -> true, value of each column; nothing at the end
int l_fetch(lua_State* L) {
  auto& rows = check_object<Rows>(L, 1, kCursorType);
  if (!rows.cursor || !rows.cursor->next()) {
    rows.cursor.reset();
    return 0;
  }
  const std::size_t columns = rows.cursor->names().size();
  luaL_checkstack(L, static_cast<int>(columns) + 1, "too many columns");
  lua_pushboolean(L, 1);
  for (std::size_t i = 0; i < columns; ++i) push_column(L, *rows.cursor, i);
  return static_cast<int>(columns) + 1;
}

// fetch_table(rows) -> a row as a table, or nil: for results wider than a Lua function can name
int l_fetch_table(lua_State* L) {
  auto& rows = check_object<Rows>(L, 1, kCursorType);
  if (!rows.cursor || !rows.cursor->next()) {
    rows.cursor.reset();
    return 0;
  }
  const auto& names = rows.cursor->names();
  lua_createtable(L, 0, static_cast<int>(names.size()));
  for (std::size_t i = 0; i < names.size(); ++i) {
    push_text(L, names[i]);
    push_column(L, *rows.cursor, i);
    lua_rawset(L, -3);
  }
  return 1;
}

int l_close_rows(lua_State* L) {
  check_object<Rows>(L, 1, kCursorType).cursor.reset();
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
// transaction_state(db) -> "idle", "open", "failed" or "lost"
int l_transaction_state(lua_State* L) {
  static constexpr const char* kNames[] = {"idle", "open", "failed", "lost"};
  lua_pushstring(L, kNames[static_cast<int>(check_connection(L).transaction_state())]);
  return 1;
}

// Scripts read files of their project only, whatever "..", links and absolute paths say.
std::string check_path(const LuaOptions& options, const std::string& path) {
  const std::string inside = real_path(options.project_dir);
  const std::string full = absolute_path(path, options.project_dir);
  const std::string real = cat(real_path(parent_directory(full)), "/", base_name(full));
  if (starts_with(real, cat(inside, "/"))) return full;
  throw Error(ErrorKind::kIo, cat(path, " is outside the project folder ", options.project_dir));
}

ScriptOptions script_options(lua_State* L, const std::string& file) {
  const LuaOptions& options = state_of(L).options();
  return {file, [&options](const std::string& path) { return read_file(check_path(options, path)); }};
}

// script(db, text) -> rows affected in all
int l_script(lua_State* L) {
  push_integer(L, run_script(check_connection(L), check_text(L, 2), script_options(L, "")).rows);
  return 1;
}
int l_file(lua_State* L) {
  const std::string path = check_text(L, 2);
  const ScriptOptions options = script_options(L, path);
  push_integer(L, run_script(check_connection(L), options.read(path), options).rows);
  return 1;
}

std::vector<std::string> check_names(lua_State* L, int index) {
  luaL_checktype(L, index, LUA_TTABLE);
  std::vector<std::string> names;
  for (std::size_t i = 1; i <= lua_objlen(L, index); ++i) {
    lua_rawgeti(L, index, static_cast<int>(i));
    names.push_back(check_text(L, -1));
    lua_pop(L, 1);
  }
  return names;
}

int l_copy_open(lua_State* L) {
  auto load = check_connection(L).copy_in(check_text(L, 2), check_names(L, 3));
  push_object(L, Copy{check_session(L)->connection, std::move(load)}, kCopyType);
  return 1;
}

CopyIn& check_copy(lua_State* L) {
  auto& copy = check_object<Copy>(L, 1, kCopyType);
  if (!copy.load) throw Error(ErrorKind::kUsage, "this copy_in has ended");
  return *copy.load;
}

// copy_write(copy, row, columns): `row` is a list of `columns` values, nil or null for NULL
int l_copy_write(lua_State* L) {
  luaL_checktype(L, 2, LUA_TTABLE);
  const int columns = luaL_checkint(L, 3);
  std::vector<Value> row;
  row.reserve(static_cast<std::size_t>(columns));
  for (int i = 1; i <= columns; ++i) {
    lua_rawgeti(L, 2, i);
    row.push_back(to_value(L, lua_gettop(L), cat("column ", i)));
    lua_pop(L, 1);
  }
  check_copy(L).write(row);
  return 0;
}
int l_copy_finish(lua_State* L) {
  push_integer(L, check_copy(L).finish());
  check_object<Copy>(L, 1, kCopyType).load.reset();
  return 1;
}
int l_copy_abort(lua_State* L) {
  check_object<Copy>(L, 1, kCopyType).load.reset();
  return 0;
}

// copy_to_file(db, sql, path) -> rows: CSV with a header
int l_copy_to_file(lua_State* L) {
  Statement query(check_text(L, 2));
  const std::string path = check_path(state_of(L).options(), check_text(L, 3));
  const std::string partial = cat(path, ".partial");
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(partial.c_str(), "wb"), std::fclose);
  if (!file) throw Error(ErrorKind::kIo, cat("cannot write ", partial)).at(path);
  const auto rows = check_connection(L).copy_out(query, true, [&](std::string_view line) {
    if (std::fwrite(line.data(), 1, line.size(), file.get()) != line.size()) {
      throw Error(ErrorKind::kIo, cat("cannot write ", partial, ": no space, or the disk failed"));
    }
  });
  if (std::fflush(file.get()) != 0 || std::rename(partial.c_str(), path.c_str()) != 0) {
    throw Error(ErrorKind::kIo, cat("cannot write ", path));
  }
  push_integer(L, rows);
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

int l_connect(lua_State* L) {
  const auto& connect = state_of(L).options().connect;
  if (!connect) throw Error(ErrorKind::kUsage, "this script may not open further connections");
  auto session = std::make_shared<Session>();
  session->connection = connect(check_text(L, 1));
  push_object(L, SessionPointer(std::move(session)), kSessionType);
  return 1;
}
int l_close(lua_State* L) {
  const SessionPointer& session = check_session(L);
  session->abandoned.clear();
  session->connection.reset();
  return 0;
}

template <class T>
int l_destroy(lua_State* L) {
  static_cast<T*>(lua_touserdata(L, 1))->~T();
  return 0;
}
int l_abandon_rows(lua_State* L) {
  auto* rows = static_cast<Rows*>(lua_touserdata(L, 1));
  const auto session = rows->session.lock();
  if (rows->cursor && session && session->connection) session->abandoned.push_back(std::move(rows->cursor));
  rows->~Rows();
  return 0;
}

void make_type(lua_State* L, const char* type, NativeFunction collect) {
  luaL_newmetatable(L, type);
  lua_pushcfunction(L, collect);
  lua_setfield(L, -2, "__gc");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
}

// open(index): makes the types; `index` is the __index of a session
int l_open(lua_State* L) {
  make_type(L, kCursorType, l_abandon_rows);
  make_type(L, kCopyType, l_destroy<Copy>);
  make_type(L, kSessionType, l_destroy<SessionPointer>);
  lua_pushvalue(L, 1);
  lua_setfield(L, -2, "__index");
  return 0;
}

}  // namespace

struct ScopedSession::Held {
  SessionPointer session = std::make_shared<Session>();
};

ScopedSession::ScopedSession(lua_State* L, std::shared_ptr<Connection> connection) : held_(std::make_unique<Held>()) {
  held_->session->connection = std::move(connection);
  push_object(L, held_->session, kSessionType);
}

ScopedSession::~ScopedSession() {
  held_->session->abandoned.clear();
  held_->session->connection.reset();
}

static constexpr NativeEntry kEntries[] = {
    {"begin", l_begin},
    {"close", l_close},
    {"close_rows", l_close_rows},
    {"commit", l_commit},
    {"connect", l_connect},
    {"copy_abort", l_copy_abort},
    {"copy_finish", l_copy_finish},
    {"copy_open", l_copy_open},
    {"copy_to_file", l_copy_to_file},
    {"copy_write", l_copy_write},
    {"execute", l_execute},
    {"fetch", l_fetch},
    {"fetch_table", l_fetch_table},
    {"file", l_file},
    {"ident", l_ident},
    {"info", l_info},
    {"literal", l_literal},
    {"open", l_open},
    {"query", l_query},
    {"read_only", l_read_only},
    {"release", l_release},
    {"rollback", l_rollback},
    {"rollback_to", l_rollback_to},
    {"savepoint", l_savepoint},
    {"script", l_script},
    {"stream", l_stream},
    {"transaction_state", l_transaction_state},
};
const NativeModule kDbModule = {"db", kEntries, std::size(kEntries)};

}  // namespace tide
