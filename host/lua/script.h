#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "lua/state.h"
#include "tide/connection.h"

namespace tide {

// A Lua file that is run for what it does, with `db` and `arg` as globals.
struct Script {
  std::string name;  // how the user would name the file
  std::string text;
  std::vector<std::string> arguments;                    // arg[1], arg[2] ..., and `...`
  std::map<std::string, std::string> settings;           // arg.NAME
  std::function<std::shared_ptr<Connection>()> connect;  // called when `db` is first used
  Json request = Json::Object{};                         // of a runbook: see stdlib/tide/runbook/runner.lua
};

struct ScriptResult {
  std::optional<Json> value;  // nothing for nil
  bool runbook = false;       // `value` tells how the run ended
};

// Runs it and gives what it returned. kConfig, with file and line, for what is wrong before any of it ran; kLua also
// for a result that JSON cannot say. A runbook whose step was interrupted does what must not be left undone before
// kInterrupted is raised.
ScriptResult run_script(LuaState& state, const Script& script);

// The report of a runbook's run, or what is asked of its journal; see stdlib/tide/runbook/report.lua.
Json report_run(LuaState& state, const Json& request);

}  // namespace tide
