#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "sys/descriptor.h"
#include "sys/process_program.h"

namespace tide {

// The three streams that a program gets: they are duplicated for it, and nothing else that we have open is.
struct StandardStreams {
  int in = -1;
  int out = -1;
  int err = -1;
};

// A program under way, leader of a session and process group. The destructor kills the group when the program has not
// ended, and leaves no zombie.
class Child {
 public:
  Child() = default;
  Child(const Program& program, const std::vector<std::string>& argv, const StandardStreams& streams);
  Child(Child&& other) noexcept;
  Child& operator=(Child&& other) noexcept;
  ~Child();

  bool running() const { return pid_ > 0 && !ended_; }
  // Readable when it has ended; -1 where the kernel has no such descriptor.
  int end_descriptor() const { return end_.get(); }
  // True once, when it has ended. Its number stays its own until reap().
  bool look_for_end();
  int code() const { return code_; }  // 128 + signal when a signal ended it
  int signal() const { return signal_; }

  void signal_group(int number) const;
  void reap();
  // Whether anything of the group still runs, after reap(). The number of a group is not given to another one while it
  // has a member: to be asked from then on, and often.
  bool leaves_group() const;

 private:
  pid_t pid_ = -1;
  bool ended_ = false;
  bool reaped_ = false;
  int code_ = 0;
  int signal_ = 0;
  Descriptor end_;
};

}  // namespace tide
