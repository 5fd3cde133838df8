#pragma once

#include <string>

#include "cli/args.h"

namespace tide {

// Completion scripts, written from the rows of the command line.
std::string bash_completion(const CommandLine& line);
std::string zsh_completion(const CommandLine& line);
std::string fish_completion(const CommandLine& line);

}  // namespace tide
