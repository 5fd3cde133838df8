#include <cmath>
#include <cstdint>
#include <lua.hpp>
#include <string>

#include "base/text.h"
#include "lint/rules.h"
#include "lua/convert.h"
#include "lua/error_object.h"
#include "lua/modules.h"
#include "lua/state.h"
#include "lua/stdlib.h"
#include "sys/files.h"
#include "sys/interrupt.h"
#include "tide/error.h"

namespace tide {

namespace {

constexpr double kLongestSeconds = 366.0 * 86400;

Error syntax_error(const std::string& name, const std::string& message) {
  Error error(ErrorKind::kConfig, message);
  if (!take_place(error, name)) return error.at(name);
  error.message = cat("syntax error: ", error.message);
  return error;
}

// compile(name, text) -> the chunk; text only, never bytecode
int l_compile(lua_State* L) {
  std::size_t name_size = 0;
  std::size_t text_size = 0;
  const std::string name(luaL_checklstring(L, 1, &name_size));
  const char* text = luaL_checklstring(L, 2, &text_size);
  state_of(L).keep_source(name, std::string_view(text, text_size));
  if (luaL_loadbufferx(L, text, text_size, cat("@", name).c_str(), "t") == 0) return 1;
  throw syntax_error(name, lua_tostring(L, -1));
}

// stdlib_text("tide/expect.lua") -> text, or nil
int l_stdlib_text(lua_State* L) {
  const std::string path = luaL_checkstring(L, 1);
  const std::string& directory = state_of(L).options().stdlib_dir;
  if (!stdlib_has(path, directory)) return 0;
  push_text(L, stdlib_text(path, directory));
  return 1;
}

// library_text("billing/tax.lua") -> text, the name to show; or nil
int l_library_text(lua_State* L) {
  const std::string& directory = state_of(L).options().library_dir;
  const std::string path = cat(directory, "/", std::string_view(luaL_checkstring(L, 1)));
  if (directory.empty() || !is_file(path)) return 0;
  push_text(L, read_file(path));
  push_text(L, cat("lib/", std::string_view(lua_tostring(L, 1))));
  return 2;
}

int l_nearest(lua_State* L) {
  luaL_checktype(L, 2, LUA_TTABLE);
  std::vector<std::string> candidates;
  for (std::size_t i = 1; i <= lua_objlen(L, 2); ++i) {
    lua_rawgeti(L, 2, static_cast<int>(i));
    candidates.emplace_back(lua_tostring(L, -1));
    lua_pop(L, 1);
  }
  push_text(L, nearest(luaL_checkstring(L, 1), candidates));
  return 1;
}

// wrong_silence(rule, reason) -> why it is none, or ""
int l_wrong_silence(lua_State* L) {
  push_text(L, wrong_silence({luaL_checkstring(L, 1), luaL_checkstring(L, 2)}));
  return 1;
}

// -1 when it is no duration
std::int64_t duration_at(lua_State* L, int index) {
  if (lua_type(L, index) == LUA_TSTRING) return parse_duration_ms(lua_tostring(L, index));
  const double seconds = lua_type(L, index) == LUA_TNUMBER ? lua_tonumber(L, index) : -1;
  return seconds >= 0 && seconds <= kLongestSeconds ? std::llround(seconds * 1000) : -1;
}

// duration(value, what) -> ms; a text with its unit ("30s"), or a number of seconds
int l_duration(lua_State* L) {
  const std::int64_t ms = duration_at(L, 1);
  if (ms >= 0) return lua_pushnumber(L, static_cast<double>(ms)), 1;
  lua_getglobal(L, "tostring");
  lua_pushvalue(L, 1);
  lua_call(L, 1, 1);
  throw Error(ErrorKind::kUsage,
              cat(std::string_view(luaL_checkstring(L, 2)), R"( is a duration such as "30s", "500ms" or "2m", not )",
                  std::string_view(lua_tostring(L, -1))));
}

// sleep(ms): ends early, with an error, when the user interrupts
int l_sleep(lua_State* L) {
  sleep_ms(static_cast<std::int64_t>(luaL_checknumber(L, 1)));
  if (interrupted()) throw Error(ErrorKind::kInterrupted, "interrupted");
  return 0;
}

}  // namespace

static constexpr NativeEntry kEntries[] = {
    {"catch", l_catch},       {"compile", l_compile},
    {"duration", l_duration}, {"library_text", l_library_text},
    {"nearest", l_nearest},   {"wrong_silence", l_wrong_silence},
    {"raise", l_raise},       {"rethrow", l_rethrow},
    {"sleep", l_sleep},       {"stdlib_text", l_stdlib_text},
};
const NativeModule kHostModule = {"host", kEntries, std::size(kEntries)};

}  // namespace tide
