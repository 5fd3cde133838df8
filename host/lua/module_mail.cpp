#include <lua.hpp>
#include <string>
#include <vector>

#include "base/text.h"
#include "lua/db_session.h"
#include "lua/modules.h"
#include "lua/paths.h"
#include "lua/state.h"
#include "sys/http_mail.h"

namespace tide {

namespace {

std::string text_field(lua_State* L, const char* name) {
  lua_getfield(L, 1, name);
  std::string text = lua_isnil(L, -1) ? "" : check_text(L, -1);
  lua_pop(L, 1);
  return text;
}

std::vector<std::string> list_field(lua_State* L, const char* name) {
  std::vector<std::string> texts;
  lua_getfield(L, 1, name);
  for (std::size_t i = 1; i <= lua_objlen(L, -1); ++i) {
    lua_rawgeti(L, -1, static_cast<int>(i));
    texts.push_back(check_text(L, -1));
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return texts;
}

// send { smtp, ca, timeout_ms, from, to, subject, text }
int l_send(lua_State* L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  LuaState& state = state_of(L);
  MailServer server;
  server.url = text_field(L, "smtp");
  const std::string ca = text_field(L, "ca");
  if (!ca.empty()) server.ca = check_path(state.options(), ca);
  lua_getfield(L, 1, "timeout_ms");
  server.timeout_ms = static_cast<std::int64_t>(luaL_checknumber(L, -1));
  const Mail mail = {text_field(L, "from"), list_field(L, "to"), text_field(L, "subject"), text_field(L, "text")};
  mail_message(mail, 0);  // what is wrong with it is said in a dry run too
  state.effects().run("mail", cat("to ", join(mail.to, ", "), ": ", mail.subject), [&] { send_mail(server, mail); });
  return 0;
}

}  // namespace

static constexpr NativeEntry kEntries[] = {
    {"send", l_send},
};
const NativeModule kMailModule = {"mail", kEntries, std::size(kEntries)};

}  // namespace tide
