#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tide {

// "Create users" -> "create_users", "addEmail" -> "add_email". kUsage for what is empty, has a path separator, or
// no letter or digit.
std::string snake_case(const std::string& name);

// The UTC time `now` (seconds since 1970) as YYYYMMDDhhmmss, or the first one above every version in `existing`.
std::string next_version(const std::vector<std::string>& existing, std::int64_t now);

}  // namespace tide
