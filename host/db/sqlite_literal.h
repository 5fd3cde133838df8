#pragma once

#include <string>

#include "tide/value.h"

namespace tide {

// A value as SQLite's SQL text that means exactly this value. kSql for NaN, kUsage for an array: SQLite has neither.
std::string sqlite_literal(const Value& value);

}  // namespace tide
