#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "db/copy_lines.h"

namespace tide {

constexpr const char* kLinesType = "tide.data.lines";

// Lines of COPY, and where the fields of one come from: columns of the row at hand, given values with their types,
// columns again.
struct Lines {
  CopyLines lines;
  std::vector<std::size_t> before;
  std::vector<std::size_t> columns;  // of the values, where one is unchanged
  std::vector<std::uint32_t> types;
  std::vector<std::string> names;
  std::vector<std::size_t> after;
};

}  // namespace tide
