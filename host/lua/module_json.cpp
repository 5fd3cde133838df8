#include <algorithm>
#include <cmath>
#include <lua.hpp>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

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
constexpr const char* kListType = "tide.json.list";  // in the registry: the metatable of every decoded list
constexpr const char* kOrders = "tide.json.orders";  // and those of objects, by their keys
constexpr std::size_t kMostOrders = 200;

constexpr char kBetweenKeys = '\xff';  // in no UTF-8 text

void push_new_order(lua_State* L, std::string_view joined) {
  lua_createtable(L, 0, 1);
  lua_newtable(L);
  std::unordered_set<std::string_view> seen;
  while (!joined.empty()) {
    const std::string_view key = joined.substr(0, joined.find(kBetweenKeys));
    joined.remove_prefix(key.size() + 1);
    if (!seen.insert(key).second) continue;
    push_text(L, key);
    lua_rawseti(L, -2, static_cast<int>(seen.size()));
  }
  lua_setfield(L, -2, kOrderField);
}

// The table of known orders at the top; it begins anew when it has become large.
void push_orders(lua_State* L) {
  lua_getfield(L, LUA_REGISTRYINDEX, kOrders);
  if (lua_istable(L, -1) && lua_objlen(L, -1) < kMostOrders) return;
  lua_pop(L, 1);
  lua_newtable(L);
  lua_pushvalue(L, -1);
  lua_setfield(L, LUA_REGISTRYINDEX, kOrders);
}

// Members keep their order for json.encode: the metatable of a decoded object lists its keys. Objects with the same
// keys share it.
void push_order(lua_State* L, std::string_view joined) {
  push_orders(L);
  push_text(L, joined);
  lua_pushvalue(L, -1);
  lua_rawget(L, -3);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    push_new_order(L, joined);
    lua_pushvalue(L, -1);
    lua_rawseti(L, -4, static_cast<int>(lua_objlen(L, -4)) + 1);  // counts them
    lua_pushvalue(L, -2);
    lua_pushvalue(L, -2);
    lua_rawset(L, -5);
  }
  lua_replace(L, -3);
  lua_pop(L, 1);
}

// Leaves what the text says at the top of the stack. Each open container is there, an object with the key at hand over
// it.
class Pusher final : public JsonEvents {
 public:
  explicit Pusher(lua_State* L) : L_(L) {}

  void scalar(const Json& value) override {
    std::visit(Push{L_}, value.data);
    settle();
  }
  void text(std::string_view value) override {
    push_text(L_, value);
    settle();
  }
  void begin_object() override { open(false); }
  void key(std::string_view name) override {
    open_.back().keys.append(name).push_back(kBetweenKeys);
    push_text(L_, name);
  }
  void end_object() override {
    push_order(L_, open_.back().keys);
    close();
  }
  void begin_list() override { open(true); }
  // an empty list and an empty object are the same Lua table: the metatable tells them apart
  void end_list() override {
    if (luaL_newmetatable(L_, kListType) != 0) {
      lua_pushboolean(L_, 1);
      lua_setfield(L_, -2, "__list");
    }
    close();
  }

 private:
  struct Push {
    lua_State* L;
    void operator()(Null) const { push_null(L); }
    void operator()(bool v) const { lua_pushboolean(L, v ? 1 : 0); }
    void operator()(std::int64_t v) const { push_integer(L, v); }
    void operator()(double v) const { lua_pushnumber(L, v); }
    void operator()(const Numeric& v) const { push_numeric(L, v.text); }
    void operator()(const std::string& v) const { push_text(L, v); }
    void operator()(const Json::List&) const {}
    void operator()(const Json::Object&) const {}
  };
  struct Container {
    bool list;
    int size = 0;
    std::string keys;
  };

  void open(bool list) {
    luaL_checkstack(L_, 12, "JSON nested too deeply");
    lua_newtable(L_);
    open_.push_back({list, 0, {}});
  }
  void close() {
    lua_setmetatable(L_, -2);
    open_.pop_back();
    settle();
  }
  // Puts the value at the top where it belongs.
  void settle() {
    if (open_.empty()) return;
    open_.back().list ? lua_rawseti(L_, -2, ++open_.back().size) : lua_rawset(L_, -3);
  }

  lua_State* L_;
  std::vector<Container> open_;
};

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

// Keys in their order, each once. Few are looked through, which is faster than a set; many have one.
class Keys {
 public:
  void add(std::string key) {
    if (holds(key)) return;
    if (list_.size() >= kFew) {
      if (set_.empty()) set_.insert(list_.begin(), list_.end());
      set_.insert(key);
    }
    list_.push_back(std::move(key));
  }
  bool holds(const std::string& key) const {
    return set_.empty() ? std::find(list_.begin(), list_.end(), key) != list_.end() : set_.count(key) > 0;
  }
  const std::vector<std::string>& list() const { return list_; }

 private:
  static constexpr std::size_t kFew = 16;
  std::vector<std::string> list_;
  std::unordered_set<std::string> set_;
};

// The keys in the order that json.decode noted, where the table comes from there and still has that note.
Keys noted_keys(lua_State* L, int index) {
  Keys keys;
  if (luaL_getmetafield(L, index, kOrderField) == 0) return keys;
  for (std::size_t i = 1; lua_istable(L, -1) && i <= lua_objlen(L, -1); ++i) {
    lua_rawgeti(L, -1, static_cast<int>(i));
    keys.add(check_key(L, -1));
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
  const Keys keys = noted_keys(L, index);
  std::vector<std::string> others;
  for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1)) {
    std::string key = check_key(L, -2);
    if (!keys.holds(key)) others.push_back(std::move(key));
  }
  std::sort(others.begin(), others.end());
  for (const auto& key : keys.list()) append_member(L, index, key, object, depth);
  for (const auto& key : others) append_member(L, index, key, object, depth);
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
  luaL_checkstack(L, 12, "JSON nested too deeply");
  Pusher pusher(L);
  read_json(std::string_view(text, size), pusher);
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
