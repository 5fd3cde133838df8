#include "lua/error_object.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <lua.hpp>
#include <utility>

#include "base/text.h"
#include "lua/modules.h"
#include "lua/state.h"

namespace tide {

namespace {

constexpr const char* kErrorType = "tide.error";
constexpr const char* kRethrownKey = "tide.rethrown";
constexpr int kLongestChain = 16;  // of causes: a script can make one that has no end

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
  const std::string place = error.line > 0 ? cat(error.file, ":", error.line) : error.file;
  const std::string text = error.file.empty() ? error.message : cat(place, ": ", error.message);
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

Error convert_error(lua_State* L, int index, int chain);

Error error_from_table(lua_State* L, int index, int chain) {
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
  if (!lua_isnil(L, -1) && chain < kLongestChain) {
    error.cause = std::make_shared<Error>(convert_error(L, lua_gettop(L), chain + 1));
  }
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

// The script that a message names by `shown`: a path, cut from the left when it is long. "" when it names none.
std::string script_named(std::string_view shown, std::string_view path) {
  if (shown == path || (starts_with(shown, "...") && ends_with(path, shown.substr(3)))) return std::string(path);
  const bool other = ends_with(shown, ".lua") && !starts_with(shown, "...") && !starts_with(shown, "stdlib/");
  return other && shown.find(' ') == std::string_view::npos ? std::string(shown) : std::string();
}

// A place in front of another is where a raised text was raised again: the last counts.
void locate(lua_State* L, Error& error) {
  lua_Debug frame;
  if (!error.file.empty() || !find_script_frame(L, frame)) return;
  const std::string_view path = frame.source + 1;
  error.file_column = 0;
  while (take_place(error, path)) continue;
  if (error.file.empty()) error.at(std::string(path), frame.currentline);
}

// Lua says only in which line a call with a long string in it ended. Where the refused SQL stands in the script as it
// was sent, the error moves to the line, and where the server gave a position to the column, of the SQL itself.
void place_in_script(Error& error, std::string_view source) {
  if (error.statement.empty() || error.line == 0) return;
  for (auto at = source.find(error.statement); at != std::string_view::npos;
       at = source.find(error.statement, at + 1)) {
    const int first = place_of(source, at).line;
    const int last = place_of(source, at + error.statement.size()).line;
    if (error.line < first || error.line > last) continue;
    error.line = first;
    if (error.position == 0) return;
    const std::size_t offset = utf8_offset(error.statement, static_cast<std::size_t>(error.position));
    const Place place = place_of(source, at + offset);
    error.line = place.line;
    error.file_column = place.column;
    return;
  }
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

// A value that is no error object: text, or what __tostring makes of it.
Error error_from_value(lua_State* L, int index, int chain) {
  if (lua_isstring(L, index) != 0) {
    lua_pushvalue(L, index);  // reading a number as text turns it into text where it stands
    Error error(ErrorKind::kLua, text_at(L, -1));
    lua_pop(L, 1);
    return error;
  }
  const std::string text = cat("a script raised a value of type ", std::string_view(luaL_typename(L, index)));
  if (luaL_getmetafield(L, index, "__tostring") == 0) return {ErrorKind::kLua, text};
  lua_pushvalue(L, index);
  const bool failed = lua_pcall(L, 1, 1, 0) != 0;
  Error said = is_error(L, lua_gettop(L)) ? error_from_table(L, lua_gettop(L), chain + 1)
                                          : Error(ErrorKind::kLua, text_at(L, -1));
  lua_pop(L, 1);
  if (failed && said.kind != ErrorKind::kInterrupted) {
    said = Error(ErrorKind::kLua, cat(text, ", whose __tostring failed: ", said.message));
  }
  return said;
}

Error convert_error(lua_State* L, int index, int chain) {
  return is_error(L, index) ? error_from_table(L, index, chain) : error_from_value(L, index, chain);
}

bool was_rethrown(lua_State* L) {
  lua_Debug raiser;
  if (lua_getstack(L, 1, &raiser) == 0) return false;
  lua_getinfo(L, "f", &raiser);
  const bool rethrown = lua_tocfunction(L, -1) == &l_rethrow;
  lua_pop(L, 1);
  return rethrown;
}

// Of the value at 1, in a message handler: the stack of what raised it is still there.
Error description(lua_State* L) {
  if (was_rethrown(L)) {
    lua_getfield(L, LUA_REGISTRYINDEX, kRethrownKey);
    Error error = to_error(L, -1);
    lua_pop(L, 1);
    return error;
  }
  Error error = to_error(L, 1);
  locate(L, error);
  if (error.traceback.empty()) error.traceback = traceback(L);
  return error;
}

}  // namespace

bool take_place(Error& error, std::string_view path) {
  const std::string_view message = error.message;
  for (auto end = message.find(": "); end != std::string_view::npos; end = message.find(": ", end + 1)) {
    const auto colon = message.substr(0, end).rfind(':');
    if (colon == std::string_view::npos) continue;
    const std::string line(message.substr(colon + 1, end - colon - 1));
    if (line.empty() || line.find_first_not_of("0123456789") != std::string::npos) continue;
    std::string file = script_named(message.substr(0, colon), path);
    if (file.empty()) continue;
    error.at(std::move(file), std::atoi(line.c_str()));
    error.message.erase(0, end + 2);
    return true;
  }
  return false;
}

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
  return convert_error(L, index, 0);
}

int raise(lua_State* L, Error error) {
  locate(L, error);
  place_in_script(error, state_of(L).source(error.file));
  push_error(L, error);
  return lua_error(L);
}

int describe_error(lua_State* L) {
  push_error(L, description(L));
  return 1;
}

int l_catch(lua_State* L) {
  const Error error = description(L);
  lua_createtable(L, 0, 2);
  lua_pushvalue(L, 1);
  lua_setfield(L, -2, "value");
  push_error(L, error);
  lua_setfield(L, -2, "described");
  return 1;
}

// What is not a table (no memory for the handler) is raised as it is.
int l_rethrow(lua_State* L) {
  lua_settop(L, 1);
  if (!lua_istable(L, 1)) {
    lua_pushvalue(L, 1);
    lua_setfield(L, LUA_REGISTRYINDEX, kRethrownKey);
    return lua_error(L);
  }
  lua_getfield(L, 1, "described");
  lua_setfield(L, LUA_REGISTRYINDEX, kRethrownKey);
  lua_getfield(L, 1, "value");
  return lua_error(L);
}

int l_raise(lua_State* L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  Error error = error_from_table(L, 1, 0);
  return raise(L, std::move(error));
}

}  // namespace tide
