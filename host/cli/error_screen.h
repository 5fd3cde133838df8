#pragma once

#include <functional>
#include <optional>
#include <string>

#include "cli/style.h"
#include "tide/error.h"

namespace tide {

struct ScreenOptions {
  Style style;
  // The text of a file that an error names, to show its line; nothing when it cannot be read.
  std::function<std::optional<std::string>(const std::string& file)> read_file;
};

// All that a person needs to know of a failure, on one screen: what failed and where, the SQL with a caret, what the
// server said, the causes, what was rolled back and what stayed, the commands that make sense now.
std::string error_screen(const Error& error, const ScreenOptions& options);

}  // namespace tide
