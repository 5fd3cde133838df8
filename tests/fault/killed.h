#pragma once

#include <chrono>

#include "cli/project.h"

namespace tide::test {

// How long a command takes undisturbed; it has to succeed.
std::chrono::microseconds duration_of(const Project& project, const Args& args);
// Kills the command so long after its start. Whether it was still at work.
bool killed_after(Command command, std::chrono::microseconds delay);
// Repeats the command until it takes on what a killed one has left: a server may need a moment to notice that a session
// has gone.
void finish(const Project& project, const Args& args);

}  // namespace tide::test
