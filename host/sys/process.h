#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tide {

enum class OutputStream : std::uint8_t { kOut, kErr };

// A program to run. No shell reads any of it.
struct Command {
  std::vector<std::string> argv;  // the program: a path when it has a slash, else looked up in the child's PATH
  std::string cwd;                // empty = ours
  // Beside PATH, HOME, USER, LOGNAME, TMPDIR, TZ, LANG and LC_*, which are ours; a name given here replaces one of
  // them.
  std::vector<std::pair<std::string, std::string>> env;
  bool inherit_env = false;              // all of our variables, with `env` over them
  std::string stdin_text;                // written to it; empty = it reads nothing (/dev/null)
  std::string stdin_file;                // or this file
  std::string stdout_file;               // where its output goes instead of here, created or emptied
  std::int64_t timeout_ms = 0;           // 0 = none
  std::int64_t grace_ms = 2000;          // between TERM and KILL
  std::size_t capture_limit = 16 << 20;  // bytes kept of each stream: the first half of it and the last
  // As it comes, in pieces, on the calling thread.
  std::function<void(OutputStream stream, std::string_view piece)> on_output;
};

struct CommandResult {
  int code = 0;    // exit code; 128 + signal when a signal ended it
  int signal = 0;  // 0 = it exited by itself
  std::string out;
  std::string err;
  std::int64_t out_bytes = 0;  // what it wrote, also beyond the limit
  std::int64_t err_bytes = 0;
  bool timed_out = false;
  double ms = 0;

  bool ok() const { return code == 0 && !timed_out; }
};

// Runs it to its end in a process group of its own. Waits for the program, and for whoever still holds its output, not
// longer than the timeout; then the whole group gets TERM, and KILL when it is still there. kIo when it cannot be
// started: the message tells "not found" from "may not be executed"; kInterrupted after Ctrl-C, which the group gets
// too. Leaves no process, zombie or descriptor behind in any of these cases. May be called from several threads.
CommandResult run_command(const Command& command);

// Each one's output is the next one's input; all run at once, and all are waited for. `stdin_*` counts for the first
// one, `stdout_file` and captured output for the last, standard error, cwd and env for each; the timeout is the
// shortest one given.
std::vector<CommandResult> run_pipeline(const std::vector<Command>& commands);

// The full path of what `program` would run, or "" when there is none.
std::string find_program(const std::string& program);

// "pg_dump --version", quoted where a shell would need it: for people.
std::string command_text(const std::vector<std::string>& argv);

}  // namespace tide
