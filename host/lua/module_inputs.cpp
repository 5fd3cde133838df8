#include <lua.hpp>
#include <optional>
#include <string>

#include "base/text.h"
#include "lua/convert.h"
#include "lua/db_session.h"
#include "lua/modules.h"
#include "lua/state.h"
#include "tide/error.h"

namespace tide {

namespace {

const ScriptInputs& inputs_of(lua_State* L) { return state_of(L).options().inputs; }

int push_optional(lua_State* L, const std::optional<std::string>& text) {
  if (text) return push_text(L, *text), 1;
  return 0;
}

// ask(question, hidden) -> what was typed; nothing when there is nobody to type
int l_ask(lua_State* L) {
  const auto& ask = inputs_of(L).ask;
  return ask ? push_optional(L, ask(check_text(L, 1), lua_toboolean(L, 2) != 0)) : 0;
}

// dry_run() -> whether effects are recorded and not done
int l_dry_run(lua_State* L) {
  lua_pushboolean(L, state_of(L).effects().policy() == Effects::Policy::kRecord ? 1 : 0);
  return 1;
}

// given(name) -> what --set gave under that name, or nothing
int l_given(lua_State* L) {
  const auto& given = inputs_of(L).given;
  return given ? push_optional(L, given(check_text(L, 1))) : 0;
}

// hide(text): from now on it is masked in all that is written
int l_hide(lua_State* L) {
  const auto& add_secret = state_of(L).options().add_secret;
  if (add_secret) add_secret(check_text(L, 1));
  return 0;
}

// secret(name) -> its value, masked from now on
int l_secret(lua_State* L) {
  const auto& secret = inputs_of(L).secret;
  if (!secret)
    throw Error(ErrorKind::kConfig, cat("there is no secret '", check_text(L, 1), "': none can be had here"));
  push_text(L, secret(check_text(L, 1)));
  lua_replace(L, 1);
  l_hide(L);
  lua_settop(L, 1);
  return 1;
}

// variable(name) -> its value, or nothing
int l_variable(lua_State* L) {
  const auto& variable = inputs_of(L).variable;
  return variable ? push_optional(L, variable(check_text(L, 1))) : 0;
}

// yes() -> whether all questions were answered with yes beforehand
int l_yes(lua_State* L) {
  lua_pushboolean(L, inputs_of(L).yes ? 1 : 0);
  return 1;
}

// record(primitive, what): notes it as not done in this dry run
int l_record(lua_State* L) {
  state_of(L).effects().run(luaL_checkstring(L, 1), check_text(L, 2), [] {});
  return 0;
}

}  // namespace

static constexpr NativeEntry kEntries[] = {
    {"ask", l_ask},       {"dry_run", l_dry_run}, {"given", l_given},       {"hide", l_hide},
    {"record", l_record}, {"secret", l_secret},   {"variable", l_variable}, {"yes", l_yes},
};
const NativeModule kInputsModule = {"inputs", kEntries, std::size(kEntries)};

}  // namespace tide
