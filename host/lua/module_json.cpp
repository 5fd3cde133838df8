#include <algorithm>
#include <array>
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
constexpr const char* kListField = "__list";
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

// How many slots of the stack a container may take before its table is made: a C function has 8000 of them.
int most_waiting(std::size_t depth) { return depth <= 10 ? 64 : 4; }

// Leaves what the text says at the top of the stack. The members of an open container wait there, keys and values,
// until it ends or they are many: a table that is made as large as it has to be costs half of one that grows.
class Pusher final : public JsonEvents {
 public:
  explicit Pusher(lua_State* L) : L_(L) { open_.reserve(8); }

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
    keys_.append(name).push_back(kBetweenKeys);
    push_text(L_, name);
  }
  void end_object() override {
    store();
    push_order(L_, std::string_view(keys_).substr(open_.back().keys));
    close();
  }
  void begin_list() override { open(true); }
  // an empty list and an empty object are the same Lua table: the metatable tells them apart
  void end_list() override {
    store();
    if (luaL_newmetatable(L_, kListType) != 0) {
      lua_pushboolean(L_, 1);
      lua_setfield(L_, -2, kListField);
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
    int table;         // where it stands in the stack, once it is made
    std::size_t keys;  // where its keys begin in keys_
    int size = 0;      // of a list: how many items the table has
    bool made = false;
  };

  void open(bool list) {
    luaL_checkstack(L_, most_waiting(open_.size()) + 12, "JSON nested too deeply");
    open_.push_back({list, lua_gettop(L_) + 1, keys_.size()});
  }
  void close() {
    lua_setmetatable(L_, -2);
    keys_.resize(open_.back().keys);
    open_.pop_back();
    settle();
  }
  void settle() {
    if (!open_.empty() && lua_gettop(L_) - open_.back().table >= most_waiting(open_.size())) store();
  }

  void store() {
    Container& to = open_.back();
    const int waiting = lua_gettop(L_) - to.table + (to.made ? 0 : 1);
    if (!to.made) {
      lua_createtable(L_, to.list ? waiting : 0, to.list ? 0 : waiting / 2);
      lua_insert(L_, to.table);
      to.made = true;
    }
    to.list ? store_items(to, waiting) : store_members(to.table, waiting);
  }
  void store_items(Container& to, int waiting) {
    for (int i = waiting; i > 0; --i) lua_rawseti(L_, to.table, to.size + i);
    to.size += waiting;
  }
  // In their order: of a repeated member the last counts.
  void store_members(int table, int waiting) {
    for (int i = table + 1; i < table + waiting; i += 2) {
      lua_pushvalue(L_, i);
      lua_pushvalue(L_, i + 1);
      lua_rawset(L_, table);
    }
    lua_settop(L_, table);
  }

  lua_State* L_;
  std::vector<Container> open_;
  std::string keys_;  // of all open objects
};

// The text of a key or value, which Lua keeps as long as the value is where it is.
std::string_view check_utf8(lua_State* L, int index) {
  std::size_t size = 0;
  const char* text = lua_tolstring(L, index, &size);
  const std::size_t bad = first_bad_utf8({text, size});
  if (bad == std::string_view::npos) return {text, size};
  throw Error(ErrorKind::kUsage, cat("json.encode: a string is not UTF-8, from its byte ", bad + 1));
}

std::string_view check_key(lua_State* L, int index) {
  if (lua_type(L, index) == LUA_TSTRING) return check_utf8(L, index);
  throw Error(ErrorKind::kUsage, cat("json.encode: an object's keys are strings, this table has a ",
                                     std::string_view(luaL_typename(L, index)), " as a key beside them"));
}

// Keys that were met. Lua has each string once, so that its address stands for it. Few are looked through, which is
// faster than a set; many have one.
class Keys {
 public:
  // False when it is there already.
  bool add(std::string_view key) {
    if (holds(key)) return false;
    if (count_ < few_.size()) {
      few_[count_++] = key.data();
    } else {
      many_.insert(key.data());
    }
    return true;
  }
  bool holds(std::string_view key) const {
    const auto end = few_.begin() + static_cast<std::ptrdiff_t>(count_);
    return std::find(few_.begin(), end, key.data()) != end || (!many_.empty() && many_.count(key.data()) > 0);
  }

 private:
  std::array<const char*, 16> few_;
  std::size_t count_ = 0;
  std::unordered_set<const char*> many_;
};

// Tells what a Lua value says.
class Walker {
 public:
  Walker(lua_State* L, JsonEvents& events) : L_(L), events_(events) {}

  void value(int index) {
    if (lua_istable(L_, index)) return table(index);
    if (lua_type(L_, index) == LUA_TSTRING) return events_.text(check_utf8(L_, index));
    const Value value = to_value(L_, index, "json.encode: the value");
    if (const auto* number = std::get_if<double>(&value.data); number != nullptr && !std::isfinite(*number)) {
      throw Error(ErrorKind::kUsage, "json.encode: JSON has no NaN and no infinity");
    }
    const Json json = to_json(value);
    const auto* text = std::get_if<std::string>(&json.data);
    text != nullptr ? events_.text(*text) : events_.scalar(json);
  }

 private:
  void table(int index) {
    if (depth_ >= kDeepest) {
      throw Error(ErrorKind::kUsage,
                  cat("json.encode: nested more than ", kDeepest, " deep, or a table inside itself"));
    }
    luaL_checkstack(L_, 8, "JSON nested too deeply");
    ++depth_;
    lua_objlen(L_, index) > 0 || has_mark(index, kListField) ? list(index) : object(index);
    --depth_;
  }

  bool has_mark(int index, const char* mark) {
    if (luaL_getmetafield(L_, index, mark) == 0) return false;
    lua_pop(L_, 1);
    return true;
  }

  void list(int index) {
    const std::size_t size = lua_objlen(L_, index);
    check_list_keys(index, size);
    events_.begin_list();
    for (std::size_t i = 1; i <= size; ++i) {
      lua_rawgeti(L_, index, static_cast<int>(i));
      value(lua_gettop(L_));
      lua_pop(L_, 1);
    }
    events_.end_list();
  }

  // A key beside 1..size would be left out without a word.
  void check_list_keys(int index, std::size_t size) {
    for (lua_pushnil(L_); lua_next(L_, index) != 0; lua_pop(L_, 1)) {
      const double key = lua_type(L_, -2) == LUA_TNUMBER ? lua_tonumber(L_, -2) : 0;
      if (key >= 1 && key <= static_cast<double>(size) && std::floor(key) == key) continue;
      lua_pushvalue(L_, -2);
      const char* text = lua_tostring(L_, -1);
      throw Error(ErrorKind::kUsage,
                  cat("json.encode: a table with elements 1 to ", size, " is a list, this one has the key ",
                      std::string_view(text == nullptr ? luaL_typename(L_, -1) : text), " beside them"));
    }
  }

  // Keys in the order they were decoded in, then the others sorted: the same table gives the same text.
  void object(int index) {
    Keys keys;
    events_.begin_object();
    if (luaL_getmetafield(L_, index, kOrderField) != 0) {
      if (lua_istable(L_, -1)) noted_members(index, keys);
      lua_pop(L_, 1);
    }
    for (const std::string_view key : others(index, keys)) {
      push_text(L_, key);
      member(index, key);
    }
    events_.end_object();
  }

  // Those that the list at the top names, each once.
  void noted_members(int index, Keys& keys) {
    const int order = lua_gettop(L_);
    for (std::size_t i = 1; i <= lua_objlen(L_, order); ++i) {
      lua_rawgeti(L_, order, static_cast<int>(i));
      const std::string_view key = check_key(L_, -1);
      keys.add(key) ? member(index, key) : lua_pop(L_, 1);
    }
  }

  std::vector<std::string_view> others(int index, const Keys& keys) {
    std::vector<std::string_view> found;
    for (lua_pushnil(L_); lua_next(L_, index) != 0; lua_pop(L_, 1)) {
      const std::string_view key = check_key(L_, -2);
      if (!keys.holds(key)) found.push_back(key);
    }
    std::sort(found.begin(), found.end());
    return found;
  }

  // Of the key at the top, which is taken from there.
  void member(int index, std::string_view key) {
    lua_rawget(L_, index);
    if (!lua_isnil(L_, -1)) {
      events_.key(key);
      value(lua_gettop(L_));
    }
    lua_pop(L_, 1);
  }

  lua_State* L_;
  JsonEvents& events_;
  int depth_ = 0;
};

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
  JsonText text(indent);
  Walker(L, text).value(1);
  push_text(L, text.take());
  return 1;
}

}  // namespace

static constexpr NativeEntry kEntries[] = {
    {"decode", l_decode},
    {"encode", l_encode},
};
const NativeModule kJsonModule = {"json", kEntries, std::size(kEntries)};

}  // namespace tide
