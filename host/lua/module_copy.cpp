#include <cmath>
#include <lua.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "lua/convert.h"
#include "lua/db_session.h"
#include "lua/modules.h"
#include "lua/state.h"
#include "sys/new_file.h"
#include "tide/error.h"

namespace tide {

namespace {

std::vector<std::string> check_names(lua_State* L, int index) {
  luaL_checktype(L, index, LUA_TTABLE);
  std::vector<std::string> names;
  for (std::size_t i = 1; i <= lua_objlen(L, index); ++i) {
    lua_rawgeti(L, index, static_cast<int>(i));
    if (lua_type(L, -1) != LUA_TSTRING) {
      throw Error(ErrorKind::kUsage, cat("db:copy_in: column ", i, " is a ", std::string_view(luaL_typename(L, -1)),
                                         ", not a column's name"));
    }
    names.push_back(check_text(L, -1));
    lua_pop(L, 1);
  }
  return names;
}

// open(db, table, columns) -> load
int l_open(lua_State* L) {
  DbTask task;
  task.load = check_free_connection(L).copy_in(check_text(L, 2), check_names(L, 3));
  push_task(L, std::move(task), kLoadType);
  return 1;
}

CopyIn& check_load(lua_State* L) {
  DbTask& task = check_task(L, kLoadType);
  if (!task.load) throw Error(ErrorKind::kUsage, "this copy_in has ended");
  return *task.load;
}

// What stands beside 1..columns would be left out without a word.
void check_row(lua_State* L, int index, int columns) {
  if (!lua_istable(L, index)) {
    throw Error(ErrorKind::kUsage, cat("db:copy_in: a row is a list of ", columns, " values, this one is a ",
                                       std::string_view(luaL_typename(L, index))));
  }
  for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1)) {
    const double key = lua_type(L, -2) == LUA_TNUMBER ? lua_tonumber(L, -2) : 0;
    if (key >= 1 && key <= columns && std::floor(key) == key) continue;
    lua_pushvalue(L, -2);
    const char* text = lua_tostring(L, -1);
    throw Error(ErrorKind::kUsage,
                cat("db:copy_in: a row is a list of ", columns, " values in the order of the columns, this one has a [",
                    std::string_view(text == nullptr ? luaL_typename(L, -1) : text), "]"));
  }
}

// write(load, row, columns): `row` is a list of `columns` values, nil or null for NULL
int l_write(lua_State* L) {
  const int columns = luaL_checkint(L, 3);
  check_row(L, 2, columns);
  std::vector<Value> row;
  row.reserve(static_cast<std::size_t>(columns));
  for (int i = 1; i <= columns; ++i) {
    lua_rawgeti(L, 2, i);
    row.push_back(to_value(L, lua_gettop(L), cat("column ", i)));
    lua_pop(L, 1);
  }
  check_load(L).write(row);
  return 0;
}

int l_finish(lua_State* L) {
  push_integer(L, check_load(L).finish());
  check_task(L, kLoadType).load.reset();
  return 1;
}
int l_abort(lua_State* L) {
  check_task(L, kLoadType).load.reset();
  return 0;
}

// to_file(db, sql, path) -> rows: CSV with a header
int l_to_file(lua_State* L) {
  const Statement query(check_text(L, 2));
  Connection& connection = check_connection(L);
  NewFile file(check_path(state_of(L).options(), check_text(L, 3)));
  const auto rows = connection.copy_out(query, {}, [&file](std::string_view line) { file.write(line); });
  file.complete();
  push_integer(L, rows);
  return 1;
}

}  // namespace

static constexpr NativeEntry kEntries[] = {
    {"abort", l_abort}, {"finish", l_finish}, {"open", l_open}, {"to_file", l_to_file}, {"write", l_write},
};
const NativeModule kCopyModule = {"copy", kEntries, std::size(kEntries)};

}  // namespace tide
