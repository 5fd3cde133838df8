#pragma once

#include <cstdint>
#include <lua.hpp>
#include <string>
#include <vector>

#include "lua/db_session.h"

namespace tide {

// The members of a list in the arguments; `take(index)` reads one.
template <class T, class Take>
std::vector<T> list_at(lua_State* L, int index, Take take) {
  luaL_checktype(L, index, LUA_TTABLE);
  std::vector<T> list;
  for (std::size_t i = 1; i <= lua_objlen(L, index); ++i) {
    lua_rawgeti(L, index, static_cast<int>(i));
    list.push_back(take(-1));
    lua_pop(L, 1);
  }
  return list;
}

template <class T>
std::vector<T> numbers_at(lua_State* L, int index) {
  return list_at<T>(L, index, [L](int at) { return static_cast<T>(lua_tonumber(L, at)); });
}

inline std::vector<std::string> texts_at(lua_State* L, int index) {
  return list_at<std::string>(L, index, [L](int at) { return check_text(L, at); });
}

}  // namespace tide
