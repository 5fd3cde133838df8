#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tide/error.h"

namespace tide {

enum class OutputStream : std::uint8_t { kOut, kErr };

// A program to run. No shell reads any of it.
struct Command {
  std::vector<std::string> argv;  // the program: a path when it has a slash, else looked up in the child's PATH
  std::string cwd;                // empty = ours
  // Beside PATH, HOME, USER, LOGNAME, TMPDIR, TZ, LANG and LC_*, which are ours; a name given here replaces one of
  // them.
  std::vector<std::pair<std::string, std::string>> env;
  bool inherit_env = false;      // all of our variables, with `env` over them
  std::string stdin_text;        // written to it; empty = it reads nothing (/dev/null)
  std::string stdin_file;        // or this file
  std::string stdout_file;       // where its output goes instead of here, created or emptied
  std::int64_t timeout_ms = 0;   // 0 = none
  std::int64_t grace_ms = 2000;  // between TERM and KILL
  // Bytes kept of each stream: when there is more, the first half of the limit and the last, with a line
  // "[... 123 bytes left out ...]" between them.
  std::size_t capture_limit = 16 << 20;
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
  // It ended, and something that it had started went on and held its output: what came later is not in `out`.
  bool left_running = false;
  double ms = 0;

  bool ok() const { return code == 0 && !timed_out; }
};

// Runs it to its end, in a session and process group of its own: it has no terminal to ask anything on. Past the
// timeout the whole group gets TERM, and KILL when something of it is still there after the grace period. When it has
// ended by itself, whoever still holds its output is waited for half a second and then left alone. kIo when it cannot
// be started: the message tells "not found" from "may not be executed"; kInterrupted after Ctrl-C, which the group gets
// as INT, TERM, KILL. Leaves no process, zombie or descriptor behind in any of these cases, nor when `on_output`
// throws. May be called from several threads.
CommandResult run_command(const Command& command);

// Each one's output is the next one's input; all run at once, and all are waited for. `stdin_*` counts for the first
// one, `stdout_file` and captured output for the last, standard error, cwd and env for each; the timeout is the
// shortest one given.
std::vector<CommandResult> run_pipeline(const std::vector<Command>& commands);

// The full path of what `program` would run, or "" when there is none.
std::string find_program(const std::string& program);

// "SIGKILL"
std::string signal_name(int number);
// How it ended, after "it": "exited with code 3", "was ended by SIGKILL", "took longer than its timeout and was ended".
std::string end_text(const CommandResult& result);

// What to raise when one of them is not ok(): kIo, which program and how it ended, and its last lines as `detail`. When
// several are not, the last one counts that did not just lose its reader.
Error commands_failed(const std::vector<Command>& commands, const std::vector<CommandResult>& results);
std::size_t failed_command(const std::vector<CommandResult>& results);  // that one; their number when all are ok()

// As one word to a POSIX shell; as it is when no shell would read more into it.
std::string shell_quoted(const std::string& argument);

// "pg_dump --version", quoted where a shell would need it: for people.
std::string command_text(const std::vector<std::string>& argv);
std::string pipeline_text(const std::vector<Command>& commands);  // "a | b"

}  // namespace tide
