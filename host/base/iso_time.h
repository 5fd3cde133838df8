#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tide {

// Milliseconds since 1970 as "2026-11-20T09:48:07.123Z". Years 0 to 9999; others are clamped to these.
std::string iso_utc(std::int64_t ms);

// "2026-11-20", "2026-11-20T09:48", "2026-11-20 09:48:07.123+02:00", "...Z": UTC where no zone is named. Nothing for
// any other text, and for a day, hour or minute that does not exist.
std::optional<std::int64_t> parse_iso_time(std::string_view text);

}  // namespace tide
