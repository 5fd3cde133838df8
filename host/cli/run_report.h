#pragma once

#include <string>

#include "migrate/engine.h"

namespace tide {

class Session;

// Ends a command that ran steps: the document under --json, else `summary` or the error's screen. The steps
// themselves were shown as they happened. Returns the exit code.
int show_run(Session& session, const RunReport& report, const std::string& summary);

// "2 applied, 1 reverted in 34 ms"; `nothing` when no step was taken.
std::string run_summary(const RunReport& report, const std::string& nothing);

}  // namespace tide
