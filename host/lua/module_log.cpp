#include <cstdint>
#include <lua.hpp>
#include <string>

#include "lua/convert.h"
#include "lua/modules.h"
#include "lua/state.h"
#include "tide/event.h"

namespace tide {

namespace {

std::string text_of_arguments(lua_State* L, int first, const char* separator) {
  std::string text;
  const int last = lua_gettop(L);
  lua_getglobal(L, "tostring");
  for (int i = first; i <= last; ++i) {
    lua_pushvalue(L, -1);
    lua_pushvalue(L, i);
    lua_call(L, 1, 1);
    std::size_t size = 0;
    const char* part = lua_tolstring(L, -1, &size);
    if (i > first) text += separator;
    if (part != nullptr) text.append(part, size);
    lua_pop(L, 1);
  }
  return text;
}

void emit(lua_State* L, const Event& event) {
  if (const EventStream* events = state_of(L).options().events) events->emit(event);
}

// log(level, ...): the pieces, with a space between them
int l_log(lua_State* L) {
  Event event{Event::Kind::kLog};
  event.level = luaL_checkstring(L, 1);
  event.text = text_of_arguments(L, 2, " ");
  emit(L, event);
  return 0;
}

int l_print(lua_State* L) {
  Event event{Event::Kind::kLog};
  event.level = "print";
  event.text = text_of_arguments(L, 1, "\t");
  emit(L, event);
  return 0;
}

// progress(label, done, total, state, name, value, name, value ...); 0 = nobody knows how much there is; `state`: what
// else there is to say to people, names and values: to programs
int l_progress(lua_State* L) {
  Event event{Event::Kind::kProgress};
  event.text = luaL_checkstring(L, 1);
  event.done = static_cast<std::int64_t>(luaL_checknumber(L, 2));
  event.total = static_cast<std::int64_t>(luaL_checknumber(L, 3));
  event.state = luaL_optstring(L, 4, "");
  event.params = to_values(L, 5, lua_gettop(L));
  emit(L, event);
  return 0;
}

}  // namespace

static constexpr NativeEntry kEntries[] = {
    {"log", l_log},
    {"print", l_print},
    {"progress", l_progress},
};
const NativeModule kLogModule = {"log", kEntries, std::size(kEntries)};

}  // namespace tide
