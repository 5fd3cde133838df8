#pragma once

#include <sys/types.h>

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tide::test {

struct Command {
  std::vector<std::string> argv;           // argv[0] is looked up on PATH
  std::map<std::string, std::string> env;  // all there is, beside PATH, HOME=/nonexistent and LANG=C.UTF-8
  std::string directory;                   // empty: the test's own
  std::string input;                       // standard input; end of file follows, except on a terminal
  std::chrono::milliseconds timeout{60'000};
  std::string user;       // runs as this user; needs root
  bool terminal = false;  // the three streams are one terminal of 120 columns; everything arrives in `out`
};

struct Outcome {
  int code = -1;   // exit code, -1 when a signal ended it
  int signal = 0;  // the signal that ended it
  bool timed_out = false;
  std::string out;
  std::string err;
  std::string all() const { return out + err; }
};

// A process under way, in a process group of its own. The destructor kills the group when it still runs.
class Process {
 public:
  explicit Process(Command command);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  // Waits until `text` stands in what was written so far; false when the process ended or the time is up.
  bool wait_for(std::string_view text, std::chrono::milliseconds timeout = std::chrono::seconds(20));
  void type(std::string_view text);  // into the terminal
  void signal(int number);           // to the process alone, as `kill` does
  Outcome wait();                    // to its end; past the timeout the group is killed

 private:
  using Clock = std::chrono::steady_clock;
  void spawn_piped();
  void spawn_on_terminal();
  [[noreturn]] void become_command();
  bool pump(Clock::time_point until);  // reads once; false when both streams are closed or the time is up
  void feed();
  void reap();

  Command command_;
  Clock::time_point deadline_;
  pid_t pid_ = -1;
  int in_ = -1;
  int out_ = -1;
  int err_ = -1;
  std::size_t fed_ = 0;
  bool reaped_ = false;
  Outcome outcome_;
};

Outcome run(Command command);
// The same with a terminal; answers[i].second is typed when answers[i].first has appeared.
Outcome run_in_terminal(Command command, const std::vector<std::pair<std::string, std::string>>& answers);

}  // namespace tide::test
