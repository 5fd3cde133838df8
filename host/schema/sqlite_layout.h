#pragma once

#include <string_view>

#include "base/json.h"

namespace tide {

// Where the parts of a CREATE TABLE stand in its text, for whoever writes it anew with one part changed:
// { name, body: [begin, end], columns: [{ name, span, type?, not_null?, default?, generated? }],
//   constraints: [{ name, type, definition, span, column?, named?, columns, references? }] }
// Spans are [first byte, last byte], counted from 1 as Lua counts.
Json sqlite_layout(std::string_view sql);

}  // namespace tide
