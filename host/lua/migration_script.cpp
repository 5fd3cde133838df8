#include "lua/migration_script.h"

#include <lua.hpp>

#include "lua/convert.h"
#include "lua/session.h"

namespace tide {

namespace {

std::string text_field(lua_State* L, const char* name) {
  lua_getfield(L, -1, name);
  std::size_t size = 0;
  const char* text = lua_tolstring(L, -1, &size);
  std::string field = text == nullptr ? "" : std::string(text, size);
  lua_pop(L, 1);
  return field;
}

bool flag_field(lua_State* L, const char* name) {
  lua_getfield(L, -1, name);
  const bool flag = lua_toboolean(L, -1) != 0;
  lua_pop(L, 1);
  return flag;
}

std::optional<std::int64_t> number_field(lua_State* L, const char* name) {
  lua_getfield(L, -1, name);
  std::optional<std::int64_t> field;
  if (lua_isnumber(L, -1) != 0) field = static_cast<std::int64_t>(lua_tonumber(L, -1));
  lua_pop(L, 1);
  return field;
}

std::string text_at(lua_State* L, int index) {
  lua_rawgeti(L, -1, index);
  std::size_t size = 0;
  const char* text = lua_tolstring(L, -1, &size);
  std::string item(text == nullptr ? "" : text, size);
  lua_pop(L, 1);
  return item;
}

// Of a list of { rule, reason, line }.
std::vector<Silence> silences_field(lua_State* L, const char* name) {
  std::vector<Silence> silences;
  lua_getfield(L, -1, name);
  for (int i = 1; i <= static_cast<int>(lua_objlen(L, -1)); ++i) {
    lua_rawgeti(L, -1, i);
    lua_rawgeti(L, -1, 3);
    const int line = static_cast<int>(lua_tointeger(L, -1));
    lua_pop(L, 1);
    silences.push_back({text_at(L, 1), text_at(L, 2), line});
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return silences;
}

LuaRef function_field(LuaState& state, const char* name) {
  lua_getfield(state.raw(), -1, name);
  if (!lua_isnil(state.raw(), -1)) return state.take();
  lua_pop(state.raw(), 1);
  return {};
}

}  // namespace

MigrationScript::MigrationScript(LuaState& state, const std::string& name, std::string_view text)
    : state_(&state), name_(name) {
  lua_State* L = state.raw();
  push_text(L, name);
  push_text(L, text);
  try {
    state.call_prelude("load_migration", 2, 1);
  } catch (Error& error) {
    if (error.kind == ErrorKind::kLua || error.kind == ErrorKind::kUsage) error.kind = ErrorKind::kConfig;
    throw;
  }
  description = text_field(L, "description");
  transaction = flag_field(L, "transaction");
  lock_timeout = text_field(L, "lock_timeout");
  statement_timeout = text_field(L, "statement_timeout");
  max_blocked = number_field(L, "max_blocked");
  max_blocked_ms = number_field(L, "max_blocked_ms");
  repeatable = flag_field(L, "repeatable");
  additive_only = flag_field(L, "additive_only");
  requires_backup = text_field(L, "requires_backup");
  lint = silences_field(L, "lint");
  irreversible = text_field(L, "irreversible");
  up_ = function_field(state, "up");
  down_ = function_field(state, "down");
  verify_ = function_field(state, "verify");
  lua_pop(L, 1);
}

void MigrationScript::run(const LuaRef& function, const char* direction,
                          const std::shared_ptr<Connection>& connection) const {
  lua_State* L = state_->raw();
  const RunningScope running(*state_, {name_, direction, transaction});
  function.push();
  const ScopedSession session(L, connection);
  state_->call(1, 0);
}

}  // namespace tide
