#pragma once

#include <string>

#include "cli/args.h"

namespace tide {

// Written from the same rows that the parser reads.
std::string overview(const CommandLine& line);
std::string command_help(const CommandLine& line, const CommandRow& command);

}  // namespace tide
