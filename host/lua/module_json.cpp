#include <algorithm>
#include <cmath>
#include <lua.hpp>
#include <unordered_set>

#include "base/json.h"
#include "base/text.h"
#include "lua/convert.h"
#include "lua/modules.h"
#include "lua/numeric.h"
#include "tide/error.h"

namespace tide {

namespace {

constexpr int kDeepest = 500;
constexpr const char* kOrderField = "__order";

void push_json(lua_State* L, const Json& json);

// Members keep their order for json.encode: the metatable of a decoded object lists its keys.
void push_object(lua_State* L, const Json::Object& object) {
  lua_createtable(L, 0, static_cast<int>(object.size()));
  lua_createtable(L, 0, 1);
  lua_createtable(L, static_cast<int>(object.size()), 0);
  int i = 0;
  for (const auto& [key, value] : object) {
    push_text(L, key);
    lua_pushvalue(L, -1);
    lua_rawget(L, -5);
    const bool repeated = !lua_isnil(L, -1);
    lua_pop(L, 1);
    if (!repeated) {
      lua_pushvalue(L, -1);
      lua_rawseti(L, -3, ++i);
    }
    push_json(L, value);
    lua_rawset(L, -5);
  }
  lua_setfield(L, -2, kOrderField);
  lua_setmetatable(L, -2);
}

void push_list(lua_State* L, const Json::List& list) {
  lua_createtable(L, static_cast<int>(list.size()), 0);
  int i = 0;
  for (const auto& member : list) {
    push_json(L, member);
    lua_rawseti(L, -2, ++i);
  }
  // an empty list and an empty object are the same Lua table: the metatable tells them apart
  lua_createtable(L, 0, 1);
  lua_pushboolean(L, 1);
  lua_setfield(L, -2, "__list");
  lua_setmetatable(L, -2);
}

void push_json(lua_State* L, const Json& json) {
  struct Push {
    lua_State* L;
    void operator()(Null) const { push_null(L); }
    void operator()(bool v) const { lua_pushboolean(L, v ? 1 : 0); }
    void operator()(std::int64_t v) const { push_integer(L, v); }
    void operator()(double v) const { lua_pushnumber(L, v); }
    void operator()(const Numeric& v) const { push_numeric(L, v.text); }
    void operator()(const std::string& v) const { push_text(L, v); }
    void operator()(const Json::List& v) const { push_list(L, v); }
    void operator()(const Json::Object& v) const { push_object(L, v); }
  };
  luaL_checkstack(L, 8, "JSON nested too deeply");
  std::visit(Push{L}, json.data);
}

Json read_json(lua_State* L, int index, int depth);

bool has_mark(lua_State* L, int index, const char* mark) {
  if (luaL_getmetafield(L, index, mark) == 0) return false;
  lua_pop(L, 1);
  return true;
}

// A key beside 1..size would be left out without a word.
void check_list_keys(lua_State* L, int index, std::size_t size) {
  for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1)) {
    const double key = lua_type(L, -2) == LUA_TNUMBER ? lua_tonumber(L, -2) : 0;
    if (key >= 1 && key <= static_cast<double>(size) && std::floor(key) == key) continue;
    lua_pushvalue(L, -2);
    const char* text = lua_tostring(L, -1);
    throw Error(ErrorKind::kUsage,
                cat("json.encode: a table with elements 1 to ", size, " is a list, this one has the key ",
                    std::string_view(text == nullptr ? luaL_typename(L, -1) : text), " beside them"));
  }
}

Json read_list(lua_State* L, int index, int depth) {
  Json::List list;
  const std::size_t size = lua_objlen(L, index);
  check_list_keys(L, index, size);
  for (std::size_t i = 1; i <= size; ++i) {
    lua_rawgeti(L, index, static_cast<int>(i));
    list.push_back(read_json(L, lua_gettop(L), depth + 1));
    lua_pop(L, 1);
  }
  return list;
}

std::string check_utf8(std::string text) {
  const std::size_t bad = first_bad_utf8(text);
  if (bad == std::string::npos) return text;
  throw Error(ErrorKind::kUsage, cat("json.encode: a string is not UTF-8, from its byte ", bad + 1));
}

std::string check_key(lua_State* L, int index) {
  if (lua_type(L, index) != LUA_TSTRING) {
    throw Error(ErrorKind::kUsage, cat("json.encode: an object's keys are strings, this table has a ",
                                       std::string_view(luaL_typename(L, index)), " as a key beside them"));
  }
  std::size_t size = 0;
  const char* key = lua_tolstring(L, index, &size);
  return check_utf8({key, size});
}

// The keys in the order that json.decode noted, where the table comes from there and still has that note.
std::vector<std::string> noted_keys(lua_State* L, int index) {
  std::vector<std::string> keys;
  std::unordered_set<std::string> seen;
  if (luaL_getmetafield(L, index, kOrderField) == 0) return keys;
  for (std::size_t i = 1; lua_istable(L, -1) && i <= lua_objlen(L, -1); ++i) {
    lua_rawgeti(L, -1, static_cast<int>(i));
    std::string key = check_key(L, -1);
    if (seen.insert(key).second) keys.push_back(std::move(key));
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return keys;
}

void append_member(lua_State* L, int table, const std::string& key, Json::Object& object, int depth) {
  push_text(L, key);
  lua_rawget(L, table);
  if (!lua_isnil(L, -1)) object.emplace_back(key, read_json(L, lua_gettop(L), depth + 1));
  lua_pop(L, 1);
}

// Keys in the order they were decoded in, then the others sorted: the same table gives the same text.
Json read_object(lua_State* L, int index, int depth) {
  Json::Object object;
  std::vector<std::string> keys = noted_keys(L, index);
  const std::unordered_set<std::string> noted(keys.begin(), keys.end());
  std::vector<std::string> others;
  for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1)) {
    std::string key = check_key(L, -2);
    if (noted.count(key) == 0) others.push_back(std::move(key));
  }
  std::sort(others.begin(), others.end());
  keys.insert(keys.end(), others.begin(), others.end());
  for (const auto& key : keys) append_member(L, index, key, object, depth);
  return object;
}

Json read_table(lua_State* L, int index, int depth) {
  if (depth >= kDeepest) {
    throw Error(ErrorKind::kUsage, cat("json.encode: nested more than ", kDeepest, " deep, or a table inside itself"));
  }
  luaL_checkstack(L, 8, "JSON nested too deeply");
  const bool list = lua_objlen(L, index) > 0 || has_mark(L, index, "__list");
  return list ? read_list(L, index, depth) : read_object(L, index, depth);
}

Json read_json(lua_State* L, int index, int depth) {
  if (lua_istable(L, index)) return read_table(L, index, depth);
  const Value value = to_value(L, index, "json.encode: the value");
  if (const auto* number = std::get_if<double>(&value.data); number != nullptr && !std::isfinite(*number)) {
    throw Error(ErrorKind::kUsage, "json.encode: JSON has no NaN and no infinity");
  }
  if (const auto* text = std::get_if<std::string>(&value.data)) return check_utf8(*text);
  return to_json(value);
}

int l_decode(lua_State* L) {
  std::size_t size = 0;
  const char* text = luaL_checklstring(L, 1, &size);
  push_json(L, parse_json(std::string_view(text, size)));
  return 1;
}

int l_encode(lua_State* L) {
  luaL_checkany(L, 1);
  const int indent = lua_toboolean(L, 2) != 0 ? 2 : -1;
  push_text(L, dump_json(read_json(L, 1, 0), indent));
  return 1;
}

}  // namespace

static constexpr NativeEntry kEntries[] = {
    {"decode", l_decode},
    {"encode", l_encode},
};
const NativeModule kJsonModule = {"json", kEntries, std::size(kEntries)};

}  // namespace tide
