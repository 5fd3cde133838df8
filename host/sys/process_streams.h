#pragma once

#include <string>

#include "sys/descriptor.h"
#include "sys/process.h"

namespace tide {

// All of them are closed on exec, and none is 0, 1 or 2: duplicating one to there must not overwrite another.

struct Pipe {
  Descriptor read;
  Descriptor write;
};
Pipe open_pipe();

// What the command reads: a file that holds its text, its file, or nothing.
Descriptor open_input(const Command& command);
Descriptor open_output_file(const std::string& path);
// An event counter: readable once 8 bytes were written to it.
Descriptor open_wake();

}  // namespace tide
