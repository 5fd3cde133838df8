#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "sys/process.h"

namespace tide {

// What data fixes know of the process they run in.
struct WorkContext {
  std::string who;         // user
  std::string host;        // machine
  std::int64_t joins = 0;  // the run that this process is a worker of (`tide work`); 0 = of none
  // Whether the environment shows nobody the values of a column; missing = it shows all.
  std::function<bool(const std::string& table, const std::string& column)> masked;
  // The command that starts another worker of a run on this machine; missing = none can be started.
  std::function<Command(std::int64_t run)> worker;
};

// The script that is being run.
struct RunningScript {
  std::string file;         // as the user would name it; what LuaState::source knows
  std::string direction;    // "up", "down", "verify", "run"; "" = none is running
  bool transaction = true;  // the migration has one transaction around all of it
  std::int64_t number = 0;  // another one each time a script is run
};

}  // namespace tide
