#pragma once

#include <functional>
#include <optional>
#include <string>

namespace tide {

// Looks a variable up: in the process's environment, in a .env file, in a test's own table.
using Variables = std::function<std::optional<std::string>(const std::string& name)>;

}  // namespace tide
