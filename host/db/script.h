#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "tide/connection.h"

namespace tide {

// Runs the statements of `text` one after the other and stops at the first that fails. Understands \i, \ir (and their
// long names), \set, \unset, \echo and COPY ... FROM stdin with its data; what only changes psql's display is passed
// over. Every other command, an included file that is missing and an include that comes round to itself are refused
// with their place (kUsage) before anything of the text has run; included files are read then, and once.
//
// The error of a failing statement carries the file, line and column of the server's position, or else of the
// statement. For a text without a name (file = "") file and line are left to the caller and the place inside the text
// is the first line of `context`.
struct ScriptOptions {
  std::string file;                                          // names the text in errors; "" for a string of a script
  std::function<std::string(const std::string& path)> read;  // how \i and \ir read; raises kIo
};
struct ScriptResult {
  std::int64_t statements = 0;
  std::int64_t rows = 0;
};
ScriptResult run_script(Connection& connection, const std::string& text, const ScriptOptions& options);

}  // namespace tide
