#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "support/process.h"

namespace tide::test {

// A program on a terminal of its own, driven as a person does: what is typed, what came back since, another size.
class Terminal {
 public:
  Terminal(Command command, int columns, int rows);
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  void type(std::string_view text);
  // Waits until `text` has been written since the last mark; false when the time is up or the program has ended.
  bool wait_for(std::string_view text, std::chrono::milliseconds timeout = std::chrono::seconds(20));
  // Returns what came since the last mark; it counts no more.
  std::string mark();
  void resize(int columns, int rows);
  void signal(int number);
  Outcome wait();  // to its end; after 15 s it is killed

 private:
  bool read_some(std::chrono::steady_clock::time_point until);

  pid_t pid_ = -1;
  int terminal_ = -1;
  std::string seen_;
  std::size_t marked_ = 0;
};

}  // namespace tide::test
