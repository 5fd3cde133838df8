#pragma once

#include <optional>
#include <string_view>

#include "base/decimal.h"

struct lua_State;

namespace tide {

// An exact decimal as scripts see it is an empty FFI struct whose Decimal the host keeps: only FFI objects compare with
// plain numbers (==, <) through metamethods. Interned: equal texts are the same object, so that they work as table
// keys.
void push_decimal_object(lua_State* L, const Decimal& value);

// The bytes of a bytes(...) object.
std::optional<std::string_view> bytes_at(lua_State* L, int index);

// The types of decimals, null and bytes, and the methods of plain numbers. The prelude adds the decimals' constructor.
void open_numeric_types(lua_State* L);

}  // namespace tide
