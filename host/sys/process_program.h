#pragma once

#include <string>
#include <vector>

#include "sys/descriptor.h"
#include "sys/process.h"
#include "tide/error.h"

namespace tide {

// What there has to be before a command can be started.
struct Program {
  std::string path;                      // with a slash; a relative one counts from `directory`
  std::vector<std::string> environment;  // "NAME=value"
  Descriptor directory;                  // where it runs; none = where we are
};

// Raises kIo for a program that is not found or may not be executed and for a directory that is not there, kUsage for
// what no program can be given (a NUL byte, a variable's name with =).
Program find_program_of(const Command& command);

// Why the system refused to start what was found.
Error cannot_start(const std::string& program, int code);

}  // namespace tide
