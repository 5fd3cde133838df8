#pragma once

#include <string>
#include <string_view>

namespace tide {

// Types of PostgreSQL as format_type writes them.

// How a column of the one type becomes the other.
enum class Conversion {
  kAssigned,  // by itself
  kCast,      // USING column::type
  kUnknown,   // nobody but the user can know
};
Conversion conversion_of(std::string_view from, std::string_view to);
// Whether every value of the one type is a value of the other, unchanged.
bool holds_all(std::string_view from, std::string_view to);

// Whether a name stands in an SQL text as a word, quoted or not.
bool mentions(std::string_view sql, std::string_view name);

}  // namespace tide
