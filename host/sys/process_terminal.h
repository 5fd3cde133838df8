#pragma once

#include <cstdio>
#include <string>
#include <string_view>

namespace tide {

// Programs that share our terminal. A shell reads the command, because $EDITOR and $PAGER are shell text.

// Runs it to its end; its exit code, 128 + signal. kIo when it cannot be started.
int run_on_terminal(const std::string& shell_command);

// A program that reads what we write, such as a pager. The destructor waits for its end.
class TerminalPipe {
 public:
  explicit TerminalPipe(const std::string& shell_command);  // kIo when it cannot be started
  ~TerminalPipe();
  TerminalPipe(const TerminalPipe&) = delete;
  TerminalPipe& operator=(const TerminalPipe&) = delete;

  void write(std::string_view text);  // what nobody reads any more is dropped

 private:
  std::FILE* pipe_;
};

}  // namespace tide
