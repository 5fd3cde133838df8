#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "cli/variables.h"

namespace tide {

// Runs one call of tide and returns its exit code. `words` is the command line without the program's name.
int run_app(const std::vector<std::string>& words, const Variables& process, std::FILE* data, std::FILE* messages);

}  // namespace tide
