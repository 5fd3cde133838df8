#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/project.h"

namespace tide::test {

// Runbooks whose run ends with SIGKILL, or raises, at a point of the test's choice. Of step 3.2 these are "3.2 when"
// (before it begins), "3.2 begin", "3.2 end" (it has done its work, which nobody has written down), "3.2 held" (what it
// waits for is so; an error there is waited out) and "3.2 verify"; require "strike" "POINT" in any Lua of the project
// makes another.

// Gives the runbook scripts/NAME.lua of the project these points; what it was is lib/original_NAME.lua.
void make_struck(const Project& project, const std::string& name);
// The run is killed at the point, once; or raises there, until calm().
void strike(const Project& project, const std::string& point, bool raise = false);
void calm(const Project& project);

// The points of these kinds that a run has passed, in order, each once.
std::vector<std::string> points_of(const Outcome& run, const std::vector<std::string>& kinds);
// Killed by a signal, and not ended by itself.
testing::AssertionResult is_killed(const Outcome& outcome);

using RunWith = std::function<Outcome(const Args& how)>;  // how: {} or {"--resume"}
using Arm = std::function<void(const std::string& point)>;
// One run, killed at each point in turn and resumed each time, at last let through. `arm` sees to it that the run is
// killed at the point; without, strike() does.
void kill_at_each(const Project& project, const std::vector<std::string>& points, const RunWith& run, Arm arm = {});

}  // namespace tide::test
