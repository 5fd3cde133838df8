#pragma once

#include <optional>
#include <string>

#include "tide/value.h"

namespace tide {

// A value as SQLite's SQL text that means exactly this value. kSql for NaN, kUsage for an array: SQLite has neither.
std::string sqlite_literal(const Value& value);

// A decimal as the REAL that stands for it, where SQLite's 15 digits hold it; it compares as a number then. Nothing for
// longer ones, which only text keeps whole.
std::optional<double> as_real(const Numeric& value);

}  // namespace tide
