#include "sys/process_terminal.h"

#include <sys/wait.h>

#include <cstdlib>

#include "base/text.h"
#include "tide/error.h"

namespace tide {

int run_on_terminal(const std::string& shell_command) {
  std::fflush(nullptr);
  const int status = std::system(shell_command.c_str());
  if (status == -1) throw Error(ErrorKind::kIo, cat(shell_command, " could not be started"));
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

TerminalPipe::TerminalPipe(const std::string& shell_command) {
  std::fflush(nullptr);
  pipe_ = ::popen(shell_command.c_str(), "w");
  if (pipe_ == nullptr) throw Error(ErrorKind::kIo, cat(shell_command, " could not be started"));
}

TerminalPipe::~TerminalPipe() { ::pclose(pipe_); }

void TerminalPipe::write(std::string_view text) { std::fwrite(text.data(), 1, text.size(), pipe_); }

}  // namespace tide
