#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/decimal.h"
#include "tide/value.h"

struct lua_State;

namespace tide {

// Database to Lua, losing nothing: an integer is a plain number while it prints exactly (14 digits), else an exact
// decimal; a numeric without a fraction likewise; other numerics are exact decimals; NULL is nil.
void push_cell(lua_State* L, const Cell& cell);                       // not for kArray
void push_value(lua_State* L, const Value& value, bool null_as_nil);  // in an array NULL is `null`
void push_integer(lua_State* L, std::int64_t value);
void push_numeric(lua_State* L, std::string_view text);
void push_decimal(lua_State* L, const Decimal& value);  // as a plain number where that is exact
void push_text(lua_State* L, std::string_view text);
void push_list(lua_State* L, const std::vector<std::string>& texts);
void push_null(lua_State* L);  // `null`: NULL as a value that tables can hold

// Lua to database. Raises kUsage for what a database cannot take (functions, tables that are not lists), naming the
// parameter.
Value to_value(lua_State* L, int index, std::string_view what);
std::vector<Value> to_values(lua_State* L, int first, int last);

// A number, a decimal, or nullptr.
const Decimal* decimal_at(lua_State* L, int index);
bool is_null(lua_State* L, int index);

}  // namespace tide
