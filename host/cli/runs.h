#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"

namespace tide {

class Session;

// The argument RUN; kUsage when it is no number.
std::int64_t run_number(Session& session);

// What the function of that name in stdlib/tide/data/commands.lua returns for these arguments.
Json call_data_command(Session& session, const std::string& name, const std::vector<std::int64_t>& arguments);
Json call_data_command(Session& session, const std::string& name, std::int64_t run);

}  // namespace tide
