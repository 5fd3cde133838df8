#include "backup/clock.h"

#include <chrono>
#include <cstdio>
#include <ctime>

namespace tide {
namespace {

std::string formatted(std::int64_t ms, const char* format) {
  const std::time_t seconds = ms / 1000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[40];
  return {text, std::strftime(text, sizeof text, format, &utc)};
}

}  // namespace

std::int64_t now_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

std::string iso_time(std::int64_t ms) {
  char fraction[8];
  std::snprintf(fraction, sizeof fraction, ".%03dZ", static_cast<int>(ms % 1000));
  return formatted(ms, "%Y-%m-%dT%H:%M:%S") + fraction;
}

std::string stamp_text(std::int64_t ms) { return formatted(ms, "%Y%m%dT%H%M%SZ"); }

std::int64_t parse_iso_ms(const std::string& iso) {
  std::tm utc{};
  int ms = 0;
  const int read = std::sscanf(iso.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d.%3dZ", &utc.tm_year, &utc.tm_mon, &utc.tm_mday,
                               &utc.tm_hour, &utc.tm_min, &utc.tm_sec, &ms);
  if (read != 7) return -1;
  utc.tm_year -= 1900;
  utc.tm_mon -= 1;
  return static_cast<std::int64_t>(timegm(&utc)) * 1000 + ms;
}

}  // namespace tide
