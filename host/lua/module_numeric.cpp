#include <cmath>
#include <cstring>
#include <lua.hpp>
#include <new>
#include <optional>

#include "base/text.h"
#include "lua/convert.h"
#include "lua/modules.h"
#include "lua/numeric.h"
#include "tide/error.h"

namespace tide {

namespace {

constexpr const char* kPayloads = "tide.numeric.payloads";        // weak keys: object -> Decimal userdata
constexpr const char* kConstructor = "tide.numeric.constructor";  // makes an empty object
constexpr const char* kBytesType = "tide.bytes";
constexpr const char* kNullType = "tide.null";
constexpr const char* kInterned = "tide.numeric.interned";  // weak values: text -> object
constexpr const char* kPayloadType = "tide.numeric.payload";
constexpr int kCdata = 10;  // lua_type() of an FFI object; LuaJIT's headers do not name it
constexpr const char* kNullKey = "tide.null.value";

constexpr std::size_t kShownCharacters = 60;

const void* object_at(lua_State* L, int index, const char* type) {
  const void* object = lua_touserdata(L, index);
  if (object == nullptr || lua_getmetatable(L, index) == 0) return nullptr;
  luaL_getmetatable(L, type);
  const bool same = lua_rawequal(L, -1, -2) != 0;
  lua_pop(L, 2);
  return same ? object : nullptr;
}

int l_destroy_payload(lua_State* L) {
  static_cast<Decimal*>(lua_touserdata(L, 1))->~Decimal();
  return 0;
}

std::string_view text_view(lua_State* L, int index) {
  std::size_t size = 0;
  const char* text = lua_tolstring(L, index, &size);
  return {text, size};
}

Decimal check_decimal(lua_State* L, int index) {
  if (const Decimal* decimal = decimal_at(L, index)) return *decimal;
  std::optional<Decimal> decimal;
  if (lua_type(L, index) == LUA_TNUMBER) decimal = Decimal::from_double(lua_tonumber(L, index));
  if (lua_type(L, index) == LUA_TSTRING) decimal = Decimal::parse(text_view(L, index));
  if (decimal) return *decimal;
  const std::string shown = lua_isstring(L, index) != 0
                                ? cat("\"", text_view(L, index).substr(0, kShownCharacters), "\"")
                                : std::string(luaL_typename(L, index));
  throw Error(ErrorKind::kUsage, cat("expected an exact number, got ", shown));
}

int check_digits(lua_State* L, int index) {
  const int digits = luaL_checkint(L, index);
  if (digits < 0 || digits > 1000) throw Error(ErrorKind::kUsage, "digits after the point must be 0 to 1000");
  return digits;
}

int l_new(lua_State* L) {
  push_decimal_object(L, check_decimal(L, 1));
  return 1;
}
int l_add(lua_State* L) {
  push_decimal(L, check_decimal(L, 1) + check_decimal(L, 2));
  return 1;
}
int l_subtract(lua_State* L) {
  push_decimal(L, check_decimal(L, 1) - check_decimal(L, 2));
  return 1;
}
int l_multiply(lua_State* L) {
  push_decimal(L, check_decimal(L, 1) * check_decimal(L, 2));
  return 1;
}
int l_negate(lua_State* L) {
  push_decimal(L, -check_decimal(L, 1));
  return 1;
}
int l_refuse_division(lua_State*) {
  throw Error(ErrorKind::kUsage, "`/` on an exact number may not be exact: write a:div(b, digits), or tonumber(a) / b");
}
int l_divide(lua_State* L) {
  const Decimal divisor = check_decimal(L, 2);
  if (divisor.is_zero()) throw Error(ErrorKind::kUsage, "division by zero");
  push_decimal(L, check_decimal(L, 1).divide(divisor, check_digits(L, 3)));
  return 1;
}
int l_round(lua_State* L) {
  push_decimal(L, check_decimal(L, 1).round(check_digits(L, 2)));
  return 1;
}
int l_to_number(lua_State* L) {
  lua_pushnumber(L, check_decimal(L, 1).to_double());
  return 1;
}

// NaN and infinity have no decimal; plain comparison is right for them.
template <class Compare>
int compare(lua_State* L, Compare holds) {
  const bool plain = (lua_type(L, 1) == LUA_TNUMBER && !std::isfinite(lua_tonumber(L, 1))) ||
                     (lua_type(L, 2) == LUA_TNUMBER && !std::isfinite(lua_tonumber(L, 2)));
  const auto as_double = [L](int index) {
    return lua_type(L, index) == LUA_TNUMBER ? lua_tonumber(L, index) : check_decimal(L, index).to_double();
  };
  const bool result =
      plain ? holds(as_double(1), as_double(2)) : holds(check_decimal(L, 1).compare(check_decimal(L, 2)), 0);
  lua_pushboolean(L, result ? 1 : 0);
  return 1;
}
int l_less(lua_State* L) {
  return compare(L, [](auto a, auto b) { return a < b; });
}
// Also called for `numeric == nil` and `numeric == "text"`: those are never equal.
int l_equal(lua_State* L) {
  for (int i = 1; i <= 2; ++i) {
    if (lua_type(L, i) == LUA_TNUMBER || decimal_at(L, i) != nullptr) continue;
    lua_pushboolean(L, 0);
    return 1;
  }
  return compare(L, [](auto a, auto b) { return a == b; });
}
int l_less_equal(lua_State* L) {
  return compare(L, [](auto a, auto b) { return a <= b; });
}
int l_to_text(lua_State* L) {
  const Decimal* decimal = decimal_at(L, 1);
  if (decimal == nullptr) return luaL_typerror(L, 1, "numeric");
  push_text(L, decimal->text());
  return 1;
}
int l_concat(lua_State* L) {
  std::string text;
  for (int i = 1; i <= 2; ++i) {
    if (const Decimal* decimal = decimal_at(L, i)) {
      text += decimal->text();
    } else if (lua_isstring(L, i) != 0) {
      text += text_view(L, i);
    } else {
      throw Error(ErrorKind::kLua, cat("attempt to concatenate a ", std::string_view(luaL_typename(L, i)), " value"));
    }
  }
  push_text(L, text);
  return 1;
}

int l_bytes(lua_State* L) {
  std::size_t size = 0;
  const char* data = luaL_checklstring(L, 1, &size);
  std::memcpy(lua_newuserdata(L, size), data, size);
  luaL_getmetatable(L, kBytesType);
  lua_setmetatable(L, -2);
  return 1;
}
int l_bytes_text(lua_State* L) {
  const auto bytes = bytes_at(L, 1);
  if (!bytes) return luaL_typerror(L, 1, "bytes");
  push_text(L, *bytes);
  return 1;
}
int l_null_text(lua_State* L) {
  lua_pushliteral(L, "null");
  return 1;
}
int l_null(lua_State* L) {
  push_null(L);
  return 1;
}
int l_is_numeric(lua_State* L) {
  lua_pushboolean(L, decimal_at(L, 1) != nullptr ? 1 : 0);
  return 1;
}

int l_index(lua_State* L) {
  static constexpr NativeEntry kMethods[] = {{"div", l_divide}, {"round", l_round}, {"tonumber", l_to_number}};
  const char* key = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "?";
  for (const auto& method : kMethods) {
    if (std::string_view(key) == method.name) {
      lua_pushcfunction(L, method.function);
      return 1;
    }
  }
  throw Error(ErrorKind::kLua, cat("attempt to index a number value (field '", std::string_view(key), "')"));
}

void set_functions(lua_State* L, std::initializer_list<NativeEntry> functions) {
  for (const auto& entry : functions) {
    lua_pushcfunction(L, entry.function);
    lua_setfield(L, -2, entry.name);
  }
}

void make_weak_table(lua_State* L, const char* key, const char* mode) {
  lua_newtable(L);
  lua_createtable(L, 0, 1);
  lua_pushstring(L, mode);
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, -2);
  lua_setfield(L, LUA_REGISTRYINDEX, key);
}

// Methods work on plain numbers too: the cells of one column are sometimes one, sometimes the other.
void give_numbers_methods(lua_State* L) {
  lua_pushnumber(L, 0);
  lua_createtable(L, 0, 2);
  set_functions(L, {{"__index", l_index}});
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_setmetatable(L, -2);
  lua_pop(L, 1);
}

void make_closed_type(lua_State* L, const char* type, std::initializer_list<NativeEntry> functions) {
  luaL_newmetatable(L, type);
  set_functions(L, functions);
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 1);
}

void make_null(lua_State* L) {
  lua_newuserdata(L, 1);
  luaL_getmetatable(L, kNullType);
  lua_setmetatable(L, -2);
  lua_setfield(L, LUA_REGISTRYINDEX, kNullKey);
}

// metamethods() -> the table of a numeric's metamethods
int l_metamethods(lua_State* L) {
  lua_newtable(L);
  set_functions(L, {{"__add", l_add},
                    {"__sub", l_subtract},
                    {"__mul", l_multiply},
                    {"__unm", l_negate},
                    {"__div", l_refuse_division},
                    {"__mod", l_refuse_division},
                    {"__pow", l_refuse_division},
                    {"__eq", l_equal},
                    {"__lt", l_less},
                    {"__le", l_less_equal},
                    {"__concat", l_concat},
                    {"__tostring", l_to_text},
                    {"__index", l_index}});
  return 1;
}

// open(constructor): how an empty numeric object is made
int l_open(lua_State* L) {
  lua_pushvalue(L, 1);
  lua_setfield(L, LUA_REGISTRYINDEX, kConstructor);
  return 0;
}

// type(value): as Lua's, but "numeric" for exact decimals
int l_type(lua_State* L) {
  luaL_checkany(L, 1);
  lua_pushstring(L, decimal_at(L, 1) != nullptr ? "numeric" : luaL_typename(L, 1));
  return 1;
}

}  // namespace

const Decimal* decimal_at(lua_State* L, int index) {
  if (lua_type(L, index) != kCdata) return nullptr;
  lua_pushvalue(L, index);
  lua_getfield(L, LUA_REGISTRYINDEX, kPayloads);
  lua_insert(L, -2);
  lua_rawget(L, -2);
  const auto* decimal = static_cast<const Decimal*>(lua_touserdata(L, -1));
  lua_pop(L, 2);
  return decimal;
}

std::optional<std::string_view> bytes_at(lua_State* L, int index) {
  const void* data = object_at(L, index, kBytesType);
  if (data == nullptr) return std::nullopt;
  return std::string_view(static_cast<const char*>(data), lua_objlen(L, index));
}
bool is_null(lua_State* L, int index) { return object_at(L, index, kNullType) != nullptr; }

void push_decimal_object(lua_State* L, const Decimal& value) {
  const std::string text = value.text();
  lua_getfield(L, LUA_REGISTRYINDEX, kInterned);
  push_text(L, text);
  lua_rawget(L, -2);
  if (!lua_isnil(L, -1)) return lua_remove(L, -2);
  lua_pop(L, 1);
  lua_getfield(L, LUA_REGISTRYINDEX, kConstructor);
  lua_call(L, 0, 1);
  push_text(L, text);
  lua_pushvalue(L, -2);
  lua_rawset(L, -4);  // interned[text] = object
  lua_getfield(L, LUA_REGISTRYINDEX, kPayloads);
  lua_pushvalue(L, -2);
  new (lua_newuserdata(L, sizeof(Decimal))) Decimal(value);
  luaL_getmetatable(L, kPayloadType);
  lua_setmetatable(L, -2);
  lua_rawset(L, -3);  // payloads[object] = decimal
  lua_pop(L, 1);
  lua_remove(L, -2);
}

void push_null(lua_State* L) { lua_getfield(L, LUA_REGISTRYINDEX, kNullKey); }

void open_numeric_types(lua_State* L) {
  make_weak_table(L, kInterned, "v");
  make_weak_table(L, kPayloads, "k");
  make_closed_type(L, kPayloadType, {{"__gc", l_destroy_payload}});
  make_closed_type(L, kBytesType, {{"__tostring", l_bytes_text}});
  make_closed_type(L, kNullType, {{"__tostring", l_null_text}});
  make_null(L);
  give_numbers_methods(L);
}

static constexpr NativeEntry kEntries[] = {
    {"new", l_new},                            // numeric("1.10")
    {"is", l_is_numeric}, {"bytes", l_bytes},  // bytes("\0\1")
    {"null", l_null},     {"to_number", l_to_number}, {"type", l_type}, {"metamethods", l_metamethods},
    {"open", l_open},
};
const NativeModule kNumericModule = {"numeric", kEntries, std::size(kEntries)};

}  // namespace tide
