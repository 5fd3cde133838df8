#include "lua/error_object.h"

#include <cctype>
#include <cstdlib>
#include <cstring>
#include <lua.hpp>
#include <utility>

#include "base/text.h"

namespace tide {

namespace {

constexpr const char* kErrorType = "tide.error";

struct TextField {
  const char* name;
  std::string Error::*member;
};
constexpr TextField kTextFields[] = {
    {"message", &Error::message},
    {"sqlstate", &Error::sqlstate},
    {"detail", &Error::detail},
    {"hint", &Error::hint},
    {"constraint", &Error::constraint},
    {"table", &Error::table},
    {"column", &Error::column},
    {"context", &Error::context},
    {"statement", &Error::statement},
    {"file", &Error::file},
    {"step", &Error::step},
    {"traceback", &Error::traceback},
};
struct NumberField {
  const char* name;
  int Error::*member;
};
constexpr NumberField kNumberFields[] = {
    {"position", &Error::position}, {"line", &Error::line}, {"file_column", &Error::file_column}};
struct ListField {
  const char* name;
  std::vector<std::string> Error::*member;
};
constexpr ListField kListFields[] = {{"done", &Error::done}, {"next", &Error::next}};

ErrorKind kind_of(std::string_view name) {
  for (int kind = 0; kind <= static_cast<int>(ErrorKind::kInternal); ++kind) {
    if (name == kind_name(static_cast<ErrorKind>(kind))) return static_cast<ErrorKind>(kind);
  }
  return ErrorKind::kLua;
}

std::string text_at(lua_State* L, int index) {
  std::size_t size = 0;
  const char* text = lua_tolstring(L, index, &size);
  return text == nullptr ? std::string() : std::string(text, size);
}

std::vector<std::string> list_at(lua_State* L, int index) {
  std::vector<std::string> list;
  for (int i = 1; i <= static_cast<int>(lua_objlen(L, index)); ++i) {
    lua_rawgeti(L, index, i);
    list.push_back(text_at(L, -1));
    lua_pop(L, 1);
  }
  return list;
}

int l_tostring(lua_State* L) {
  const Error error = to_error(L, 1);
  const std::string text = error.file.empty() ? error.message : cat(error.file, ":", error.line, ": ", error.message);
  lua_pushlstring(L, text.data(), text.size());
  return 1;
}

void push_metatable(lua_State* L) {
  if (luaL_newmetatable(L, kErrorType) == 0) return;
  lua_pushcfunction(L, l_tostring);
  lua_setfield(L, -2, "__tostring");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
}

bool is_error(lua_State* L, int index) {
  if (!lua_istable(L, index) || lua_getmetatable(L, index) == 0) return false;
  push_metatable(L);
  const bool same = lua_rawequal(L, -1, -2) != 0;
  lua_pop(L, 2);
  return same;
}

Error error_from_table(lua_State* L, int index) {
  lua_getfield(L, index, "kind");
  Error error(kind_of(text_at(L, -1)), "");
  lua_pop(L, 1);
  for (const auto& field : kTextFields) {
    lua_getfield(L, index, field.name);
    error.*field.member = text_at(L, -1);
    lua_pop(L, 1);
  }
  for (const auto& field : kNumberFields) {
    lua_getfield(L, index, field.name);
    error.*field.member = static_cast<int>(lua_tointeger(L, -1));
    lua_pop(L, 1);
  }
  for (const auto& field : kListFields) {
    lua_getfield(L, index, field.name);
    if (lua_istable(L, -1)) error.*field.member = list_at(L, lua_gettop(L));
    lua_pop(L, 1);
  }
  lua_getfield(L, index, "cause");
  if (!lua_isnil(L, -1)) error.cause = std::make_shared<Error>(to_error(L, lua_gettop(L)));
  lua_pop(L, 1);
  return error;
}

// A script's chunk is named "@path"; the stdlib's are "=stdlib/...".
bool is_script_frame(const lua_Debug& frame) { return frame.source != nullptr && frame.source[0] == '@'; }

bool find_script_frame(lua_State* L, lua_Debug& frame) {
  for (int level = 0; lua_getstack(L, level, &frame) != 0; ++level) {
    lua_getinfo(L, "Sl", &frame);
    if (is_script_frame(frame)) return true;
  }
  return false;
}

// "path:12: text" as luaL_where and the parser write it: the place is only there as text.
void split_place(Error& error, std::string_view path) {
  const std::string_view message = error.message;
  std::string prefix = cat(path, ":");
  auto at = message.find(prefix);
  std::size_t digits = 0;
  if (at == 0) {
    digits = prefix.size();
  } else if (at = message.find(".lua:"); at != std::string_view::npos && message.substr(0, 3) == "...") {
    digits = at + 5;
  } else {
    return;
  }
  const auto end = message.find(": ", digits);
  if (end == std::string_view::npos || std::isdigit(static_cast<unsigned char>(message[digits])) == 0) return;
  error.file = std::string(path);
  error.line = std::atoi(message.data() + digits);
  error.message = std::string(message.substr(end + 2));
}

void locate(lua_State* L, Error& error) {
  lua_Debug frame;
  if (!error.file.empty() || !find_script_frame(L, frame)) return;
  const std::string_view path = frame.source + 1;
  split_place(error, path);
  if (error.file.empty()) error.at(std::string(path), frame.currentline);
}

std::string traceback(lua_State* L) {
  std::string text;
  lua_Debug frame;
  for (int level = 1; level < 200 && lua_getstack(L, level, &frame) != 0; ++level) {
    lua_getinfo(L, "Snl", &frame);
    if (!is_script_frame(frame)) continue;
    const char* name = frame.name != nullptr ? frame.name : (*frame.what == 'm' ? "main chunk" : "function");
    text += cat(text.empty() ? "" : "\n", std::string_view(frame.source + 1), ":", frame.currentline, " in ",
                std::string_view(name));
  }
  return text;
}

std::string text_of(lua_State* L, int index) {
  if (lua_isstring(L, index) != 0) return text_at(L, index);
  if (luaL_callmeta(L, index, "__tostring") != 0) {
    std::string text = text_at(L, -1);
    lua_pop(L, 1);
    return text;
  }
  return cat("a script raised a value of type ", std::string_view(luaL_typename(L, index)));
}

}  // namespace

void push_error(lua_State* L, const Error& error) {
  lua_createtable(L, 0, 12);
  lua_pushstring(L, kind_name(error.kind));
  lua_setfield(L, -2, "kind");
  for (const auto& field : kTextFields) {
    const std::string& text = error.*field.member;
    if (text.empty()) continue;
    lua_pushlstring(L, text.data(), text.size());
    lua_setfield(L, -2, field.name);
  }
  for (const auto& field : kNumberFields) {
    if (error.*field.member == 0) continue;
    lua_pushinteger(L, error.*field.member);
    lua_setfield(L, -2, field.name);
  }
  for (const auto& field : kListFields) {
    lua_createtable(L, 0, 0);
    int i = 0;
    for (const auto& text : error.*field.member) {
      lua_pushlstring(L, text.data(), text.size());
      lua_rawseti(L, -2, ++i);
    }
    lua_setfield(L, -2, field.name);
  }
  if (error.cause) {
    push_error(L, *error.cause);
    lua_setfield(L, -2, "cause");
  }
  push_metatable(L);
  lua_setmetatable(L, -2);
}

Error to_error(lua_State* L, int index) {
  if (index < 0) index = lua_gettop(L) + index + 1;
  if (is_error(L, index)) return error_from_table(L, index);
  return {ErrorKind::kLua, text_of(L, index)};
}

int raise(lua_State* L, Error error) {
  locate(L, error);
  push_error(L, error);
  return lua_error(L);
}

int describe_error(lua_State* L) {
  Error error = to_error(L, 1);
  locate(L, error);
  if (error.traceback.empty()) error.traceback = traceback(L);
  push_error(L, error);
  return 1;
}

int l_raise(lua_State* L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  Error error = error_from_table(L, 1);
  return raise(L, std::move(error));
}

}  // namespace tide
