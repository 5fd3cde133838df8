#include "lua/prompt.h"

#include <lua.hpp>

#include "base/text.h"
#include "lua/convert.h"
#include "lua/session.h"

namespace tide {
namespace {

std::string text_at(lua_State* L, int index) {
  std::size_t size = 0;
  const char* text = lua_tolstring(L, index, &size);
  return text == nullptr ? "" : std::string(text, size);
}

// The list on top of the stack, which is popped.
std::vector<std::string> pop_texts(lua_State* L) {
  std::vector<std::string> texts;
  for (std::size_t i = 1; i <= lua_objlen(L, -1); ++i) {
    lua_rawgeti(L, -1, static_cast<int>(i));
    texts.push_back(text_at(L, -1));
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return texts;
}

std::vector<Value> cells_at_top(lua_State* L, std::size_t width) {
  std::vector<Value> cells;
  for (std::size_t i = 1; i <= width; ++i) {
    lua_rawgeti(L, -1, static_cast<int>(i));
    cells.push_back(to_value(L, lua_gettop(L), "a value"));
    lua_pop(L, 1);
  }
  return cells;
}

LuaShown shown_at_top(lua_State* L) {
  LuaShown shown;
  lua_getfield(L, -1, "text");
  shown.text = text_at(L, -1);
  lua_pop(L, 1);
  lua_getfield(L, -1, "names");
  if (lua_isnil(L, -1)) return lua_pop(L, 1), shown;
  shown.names = pop_texts(L);
  lua_getfield(L, -1, "rows");
  for (std::size_t i = 1; i <= lua_objlen(L, -1); ++i) {
    lua_rawgeti(L, -1, static_cast<int>(i));
    shown.rows.push_back(cells_at_top(L, shown.names.size()));
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return shown;
}

}  // namespace

LuaPrompt::LuaPrompt(LuaState& state, Connect connect, const std::vector<std::string>& arguments)
    : state_(state), arguments_(arguments) {
  open(std::move(connect));
}

LuaPrompt::~LuaPrompt() = default;

void LuaPrompt::reconnect(Connect connect) {
  session_.reset();
  open(std::move(connect));
}

void LuaPrompt::open(Connect connect) {
  lua_State* L = state_.raw();
  session_ = std::make_unique<ScopedSession>(L, std::move(connect));
  push_list(L, arguments_);
  state_.call_prelude("prompt_open", 2, 0);
}

// As lua.c tells it: the message of an unfinished chunk ends in the token <eof>.
bool LuaPrompt::complete(std::string_view text) const {
  lua_State* L = state_.raw();
  const std::string as_expression = cat("return ", text);
  if (luaL_loadbufferx(L, as_expression.data(), as_expression.size(), "=input", "t") == 0) return lua_pop(L, 1), true;
  lua_pop(L, 1);
  const bool loads = luaL_loadbufferx(L, text.data(), text.size(), "=input", "t") == 0;
  const std::string message = loads ? "" : text_at(L, -1);
  lua_pop(L, 1);
  return loads || !ends_with(message, LUA_QL("<eof>"));
}

std::vector<LuaShown> LuaPrompt::eval(std::string_view text) {
  lua_State* L = state_.raw();
  push_text(L, text);
  state_.call_prelude("prompt_eval", 1, 1);
  std::vector<LuaShown> all;
  for (std::size_t i = 1; i <= lua_objlen(L, -1); ++i) {
    lua_rawgeti(L, -1, static_cast<int>(i));
    all.push_back(shown_at_top(L));
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return all;
}

std::optional<Json> LuaPrompt::eval_json(std::string_view text) {
  lua_State* L = state_.raw();
  push_text(L, text);
  state_.call_prelude("prompt_eval_json", 1, 1);
  const bool some = !lua_isnil(L, -1);
  const std::string json = text_at(L, -1);
  lua_pop(L, 1);
  return some ? std::optional<Json>(parse_json(json)) : std::nullopt;
}

std::vector<std::string> LuaPrompt::names(std::string_view path) {
  push_text(state_.raw(), path);
  state_.call_prelude("prompt_names", 1, 1);
  return pop_texts(state_.raw());
}

}  // namespace tide
