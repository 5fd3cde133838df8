#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sys/descriptor.h"
#include "sys/interrupt.h"
#include "sys/process.h"
#include "sys/process_capture.h"
#include "sys/process_child.h"

namespace tide {

// Programs under way, each one's output being the next one's input: one loop reads what they write, waits for them, and
// ends them when their time is up or the user wants it.
class Pipeline {
 public:
  // Starts them. What can be found wrong is found before the first one runs.
  explicit Pipeline(std::span<const Command> commands);

  std::vector<CommandResult> run();  // once, to the end

 private:
  // A stream of a program that we read; closed when it has ended.
  struct Source {
    Descriptor fd;
    OutputStream stream;
    Capture capture;
  };
  struct Part {
    explicit Part(const Command& given);
    const Command* command;
    Program program;
    Source out;
    Source err;
    Child child;
    CommandResult result;
  };
  // One of the signals that end a group, and when it is sent.
  struct Due {
    int signal;
    std::int64_t at_ms;
  };

  std::string text() const;     // for people
  std::int64_t now_ms() const;  // since the beginning
  void start(Part& part, Descriptor& input, bool last);
  bool read_ready(std::int64_t timeout_ms);
  void read(Part& part, Source& source);
  void look_for_ends();
  void act_on_time();
  void end_all(std::deque<Due> signals);
  void send_due();
  bool finished() const;
  std::int64_t longest_wait_ms() const;
  bool any_running() const;
  bool any_open() const;
  bool any_group_alive() const;
  std::vector<CommandResult> results();

  const std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  Descriptor wake_;  // Ctrl-C ends the wait for a descriptor
  InterruptTarget interrupt_;
  std::unique_ptr<char[]> buffer_;
  std::vector<Part> parts_;
  std::int64_t timeout_ms_ = 0;
  std::int64_t grace_ms_ = 0;
  std::int64_t ended_at_ms_ = 0;  // the last program
  std::deque<Due> due_;
  std::int64_t killed_at_ms_ = 0;
  bool ending_ = false;
  bool by_user_ = false;
};

}  // namespace tide
