#include <chrono>
#include <cmath>
#include <cstdint>
#include <lua.hpp>
#include <string>

#include "base/iso_time.h"
#include "base/text.h"
#include "lua/convert.h"
#include "lua/db_session.h"
#include "lua/modules.h"
#include "tide/error.h"

namespace tide {

namespace {

template <class Clock>
std::int64_t ms_of() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now().time_since_epoch()).count();
}

// epoch() -> seconds since 1970, to the millisecond
int l_epoch(lua_State* L) {
  lua_pushnumber(L, static_cast<double>(ms_of<std::chrono::system_clock>()) / 1000);
  return 1;
}

// monotonic() -> seconds since some moment, never set back
int l_monotonic(lua_State* L) {
  const std::chrono::duration<double> now = std::chrono::steady_clock::now().time_since_epoch();
  lua_pushnumber(L, now.count());
  return 1;
}

// format(seconds) -> ISO text
int l_format(lua_State* L) {
  constexpr double kFarthest = 1e12;  // years 0 to 9999 lie within
  const double seconds = luaL_checknumber(L, 1);
  if (!(std::fabs(seconds) < kFarthest)) {
    throw Error(ErrorKind::kUsage, cat("time.format: ", std::to_string(seconds), " is no time in seconds since 1970"));
  }
  push_text(L, iso_utc(std::llround(seconds * 1000)));
  return 1;
}

// parse(ISO text) -> seconds
int l_parse(lua_State* L) {
  const std::string text = check_text(L, 1);
  const auto ms = parse_iso_time(text);
  if (!ms) {
    throw Error(ErrorKind::kUsage,
                cat("time.parse: '", text, "' is no ISO time such as 2026-11-20 or 2026-11-20T09:48:07.123Z"));
  }
  lua_pushnumber(L, static_cast<double>(*ms) / 1000);
  return 1;
}

}  // namespace

static constexpr NativeEntry kEntries[] = {
    {"epoch", l_epoch},
    {"format", l_format},
    {"monotonic", l_monotonic},
    {"parse", l_parse},
};
const NativeModule kTimeModule = {"time", kEntries, std::size(kEntries)};

}  // namespace tide
