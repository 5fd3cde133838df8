#include "lua/script.h"

#include <lua.hpp>

#include "lua/convert.h"
#include "lua/error_object.h"
#include "lua/run_journal.h"
#include "lua/session.h"
#include "sys/interrupt.h"
#include "tide/error.h"

namespace tide {

namespace {

void push_settings(lua_State* L, const std::map<std::string, std::string>& settings) {
  lua_createtable(L, 0, static_cast<int>(settings.size()));
  for (const auto& [name, value] : settings) {
    push_text(L, name);
    push_text(L, value);
    lua_rawset(L, -3);
  }
}

ScriptResult pop_result(lua_State* L) {
  ScriptResult result;
  std::size_t size = 0;
  if (const char* text = lua_tolstring(L, -2, &size)) result.value = parse_json({text, size});
  result.runbook = lua_toboolean(L, -1) != 0;
  lua_pop(L, 2);
  return result;
}

// The runner of a runbook is data: after an interrupt, and after an error that it did not answer, it is entered again,
// and goes on or tidies up.
ScriptResult finish_runbook(LuaState& state, Error failure) {
  for (;;) {
    state.forgive_interrupt();
    push_error(state.raw(), failure);
    try {
      state.call_prelude("resume_runbook", 1, 2);
    } catch (const Error& next) {
      failure = next;
      continue;
    }
    ScriptResult result = pop_result(state.raw());
    if (!result.runbook) throw failure;
    return result;
  }
}

}  // namespace

ScriptResult run_script(LuaState& state, const Script& script) {
  lua_State* L = state.raw();
  push_text(L, script.name);
  push_text(L, script.text);
  const ScopedSession session(L, script.connect);
  push_list(L, script.arguments);
  push_settings(L, script.settings);
  const RunningScope running(state, {script.name, "run", false});
  push_text(L, dump_json(script.request));
  try {
    state.call_prelude("run_script", 6, 2);
  } catch (const Error& error) {
    const auto& journal = state.options().journal;
    if (!journal || !journal->is_open()) throw;
    return finish_runbook(state, error);
  }
  return pop_result(L);
}

Json report_run(LuaState& state, const Json& request) {
  push_text(state.raw(), dump_json(request));
  state.call_prelude("report_run", 1, 1);
  std::size_t size = 0;
  const char* text = lua_tolstring(state.raw(), -1, &size);
  Json answer = parse_json({text, size});
  lua_pop(state.raw(), 1);
  return answer;
}

}  // namespace tide
