#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"

namespace tide {

// A number of JSON that is no int64: a double where it names this very number, else Numeric; nothing when its exponent
// goes beyond 1000.
std::optional<Json> json_number(std::string_view literal);

// The shortest text that reads as this very double.
std::string shortest(double number);

}  // namespace tide
