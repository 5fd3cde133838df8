#pragma once

#include <lua.hpp>
#include <new>

namespace tide {

template <class T>
int l_collect(lua_State* L) {
  static_cast<T*>(lua_touserdata(L, 1))->~T();
  return 0;
}

// A value of the host that Lua holds and cannot look into; `type` is a name of its own.
template <class T>
T& push_object(lua_State* L, const char* type) {
  T* object = new (lua_newuserdata(L, sizeof(T))) T();
  if (luaL_newmetatable(L, type) != 0) {
    lua_pushcfunction(L, l_collect<T>);
    lua_setfield(L, -2, "__gc");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
  }
  lua_setmetatable(L, -2);
  return *object;
}

template <class T>
T& check_object(lua_State* L, int index, const char* type) {
  return *static_cast<T*>(luaL_checkudata(L, index, type));
}

}  // namespace tide
