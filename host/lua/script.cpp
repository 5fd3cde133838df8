#include "lua/script.h"

#include <lua.hpp>

#include "lua/convert.h"
#include "lua/session.h"

namespace tide {

namespace {

void push_list(lua_State* L, const std::vector<std::string>& texts) {
  lua_createtable(L, static_cast<int>(texts.size()), 0);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    push_text(L, texts[i]);
    lua_rawseti(L, -2, static_cast<int>(i + 1));
  }
}

void push_settings(lua_State* L, const std::map<std::string, std::string>& settings) {
  lua_createtable(L, 0, static_cast<int>(settings.size()));
  for (const auto& [name, value] : settings) {
    push_text(L, name);
    push_text(L, value);
    lua_rawset(L, -3);
  }
}

std::optional<Json> pop_result(lua_State* L) {
  std::optional<Json> result;
  std::size_t size = 0;
  if (const char* text = lua_tolstring(L, -1, &size)) result = parse_json({text, size});
  lua_pop(L, 1);
  return result;
}

}  // namespace

std::optional<Json> run_script(LuaState& state, const Script& script) {
  lua_State* L = state.raw();
  push_text(L, script.name);
  push_text(L, script.text);
  const ScopedSession session(L, script.connect);
  push_list(L, script.arguments);
  push_settings(L, script.settings);
  state.call_prelude("run_script", 5, 1);
  return pop_result(L);
}

}  // namespace tide
