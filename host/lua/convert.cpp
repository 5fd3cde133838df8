#include "lua/convert.h"

#include <cmath>
#include <lua.hpp>
#include <new>

#include "base/text.h"
#include "lua/numeric.h"
#include "tide/error.h"

namespace tide {

namespace {

constexpr std::int64_t kLargestPlain = 99'999'999'999'999;  // Lua prints numbers with 14 digits
constexpr std::size_t kPlainDigits = 14;
constexpr int kDeepestList = 100;

bool is_zero_fraction(std::string_view text, std::size_t point) {
  return point == std::string_view::npos || text.find_first_not_of('0', point + 1) == std::string_view::npos;
}

std::int64_t parse_plain(std::string_view digits) {
  std::int64_t value = 0;
  const bool negative = digits.front() == '-';
  for (const char c : digits.substr(negative ? 1 : 0)) value = value * 10 + (c - '0');
  return negative ? -value : value;
}

bool is_integral(double number) {
  return std::floor(number) == number && number >= -9223372036854775808.0 && number < 9223372036854775808.0;
}

Value number_value(double number) {
  if (is_integral(number)) return static_cast<std::int64_t>(number);
  return number;
}

Value decimal_value(const Decimal& decimal) {
  const auto whole = decimal.scale() == 0 ? decimal.to_int64() : std::nullopt;
  return whole ? Value(*whole) : Value(Numeric{decimal.text()});
}

Value value_at(lua_State* L, int index, std::string_view what, int depth);

Value list_value(lua_State* L, int index, std::string_view what, int depth) {
  if (depth >= kDeepestList) {
    throw Error(ErrorKind::kUsage, cat(what, " is a list nested more than ", kDeepestList, " deep, or inside itself"));
  }
  luaL_checkstack(L, 4, "a list nested too deeply");
  const auto size = lua_objlen(L, index);
  std::size_t members = 0;
  for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1)) ++members;
  if (members != size) {
    throw Error(ErrorKind::kUsage, cat(what,
                                       " is a table that is not a list: a list becomes an array, anything else "
                                       "goes through json.encode"));
  }
  Array list;
  for (std::size_t i = 1; i <= size; ++i) {
    lua_rawgeti(L, index, static_cast<int>(i));
    list.push_back(value_at(L, lua_gettop(L), what, depth + 1));
    lua_pop(L, 1);
  }
  return list;
}

Value value_at(lua_State* L, int index, std::string_view what, int depth) {
  switch (lua_type(L, index)) {
    case LUA_TNIL:
    case LUA_TNONE:
      return Null{};
    case LUA_TBOOLEAN:
      return lua_toboolean(L, index) != 0;
    case LUA_TNUMBER:
      return number_value(lua_tonumber(L, index));
    case LUA_TSTRING: {
      std::size_t size = 0;
      const char* text = lua_tolstring(L, index, &size);
      return std::string(text, size);
    }
    case LUA_TTABLE:
      return list_value(L, index, what, depth);
    case LUA_TUSERDATA:
      if (is_null(L, index)) return Null{};
      if (const auto bytes = bytes_at(L, index)) return Bytes{std::string(*bytes)};
      break;
    default:
      if (const Decimal* decimal = decimal_at(L, index)) return decimal_value(*decimal);
      break;
  }
  throw Error(ErrorKind::kUsage, cat(what, " is a ", std::string_view(luaL_typename(L, index)),
                                     ": a database takes nil, booleans, numbers, strings, numeric, bytes and lists"));
}

}  // namespace

void push_text(lua_State* L, std::string_view text) { lua_pushlstring(L, text.data(), text.size()); }

void push_list(lua_State* L, const std::vector<std::string>& texts) {
  lua_createtable(L, static_cast<int>(texts.size()), 0);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    push_text(L, texts[i]);
    lua_rawseti(L, -2, static_cast<int>(i + 1));
  }
}

void push_integer(lua_State* L, std::int64_t value) {
  if (value >= -kLargestPlain && value <= kLargestPlain) {
    lua_pushnumber(L, static_cast<lua_Number>(value));
  } else {
    push_decimal_object(L, Decimal::from_int(value));
  }
}

void push_numeric(lua_State* L, std::string_view text) {
  const auto point = text.find('.');
  const auto digits = text.substr(0, point);
  if (is_zero_fraction(text, point) && digits.size() <= kPlainDigits && !digits.empty()) {
    lua_pushnumber(L, static_cast<lua_Number>(parse_plain(digits)));
    return;
  }
  const auto decimal = Decimal::parse(text);
  if (!decimal) throw Error(ErrorKind::kInternal, cat("not a decimal: ", text));
  is_zero_fraction(text, point) ? push_decimal(L, *decimal) : push_decimal_object(L, *decimal);
}

void push_decimal(lua_State* L, const Decimal& value) {
  const auto whole = value.to_int64();
  whole ? push_integer(L, *whole) : push_decimal_object(L, value);
}

void push_cell(lua_State* L, const Cell& cell) {
  switch (cell.kind) {
    case Cell::Kind::kNull:
    case Cell::Kind::kArray:
      return lua_pushnil(L);
    case Cell::Kind::kBool:
      return lua_pushboolean(L, cell.boolean ? 1 : 0);
    case Cell::Kind::kInteger:
      return push_integer(L, cell.integer);
    case Cell::Kind::kFloat:
      return lua_pushnumber(L, cell.real);
    case Cell::Kind::kNumeric:
      return push_numeric(L, cell.text);
    case Cell::Kind::kText:
    case Cell::Kind::kBytes:
      return push_text(L, cell.text);
  }
}

void push_value(lua_State* L, const Value& value, bool null_as_nil) {
  struct Push {
    lua_State* L;
    bool null_as_nil;
    void operator()(Null) const { null_as_nil ? lua_pushnil(L) : push_null(L); }
    void operator()(bool v) const { lua_pushboolean(L, v ? 1 : 0); }
    void operator()(std::int64_t v) const { push_integer(L, v); }
    void operator()(double v) const { lua_pushnumber(L, v); }
    void operator()(const Numeric& v) const { push_numeric(L, v.text); }
    void operator()(const std::string& v) const { push_text(L, v); }
    void operator()(const Bytes& v) const { push_text(L, v.data); }
    void operator()(const Array& v) const {
      lua_createtable(L, static_cast<int>(v.size()), 0);
      int i = 0;
      for (const auto& member : v) {
        push_value(L, member, false);
        lua_rawseti(L, -2, ++i);
      }
    }
  };
  luaL_checkstack(L, 4, "a value nested too deeply");
  std::visit(Push{L, null_as_nil}, value.data);
}

Value to_value(lua_State* L, int index, std::string_view what) { return value_at(L, index, what, 0); }

std::vector<Value> to_values(lua_State* L, int first, int last) {
  std::vector<Value> values;
  for (int i = first; i <= last; ++i) values.push_back(to_value(L, i, cat("parameter $", i - first + 1)));
  return values;
}

}  // namespace tide
