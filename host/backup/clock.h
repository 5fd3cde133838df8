#pragma once

#include <cstdint>
#include <string>

namespace tide {

std::int64_t now_ms();                              // since 1970
std::string iso_time(std::int64_t ms);              // "2026-11-20T09:55:40.123Z"
std::string stamp_text(std::int64_t ms);            // "20261120T095540Z", for names
std::int64_t parse_iso_ms(const std::string& iso);  // of iso_time's form; -1 when it is none

}  // namespace tide
