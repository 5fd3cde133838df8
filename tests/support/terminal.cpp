#include "support/terminal.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <stdexcept>

namespace tide::test {
namespace {

using Clock = std::chrono::steady_clock;

winsize size_of(int columns, int rows) {
  winsize size{};
  size.ws_row = static_cast<unsigned short>(rows);
  size.ws_col = static_cast<unsigned short>(columns);
  return size;
}

[[noreturn]] void become(Command& command) {
  for (int number : {SIGPIPE, SIGINT, SIGTERM, SIGHUP}) ::signal(number, SIG_DFL);
  if (!command.directory.empty() && chdir(command.directory.c_str()) != 0) _exit(125);
  command.env.emplace("PATH", getenv("PATH"));
  command.env.emplace("LANG", "C.UTF-8");
  std::vector<std::string> settings;
  for (const auto& [name, value] : command.env) settings.push_back(name + "=" + value);
  std::vector<char*> argv, env;
  for (auto& argument : command.argv) argv.push_back(argument.data());
  for (auto& setting : settings) env.push_back(setting.data());
  argv.push_back(nullptr);
  env.push_back(nullptr);
  execvpe(argv[0], argv.data(), env.data());
  _exit(127);
}

}  // namespace

Terminal::Terminal(Command command, int columns, int rows) {
  const winsize size = size_of(columns, rows);
  pid_ = forkpty(&terminal_, nullptr, nullptr, &size);
  if (pid_ < 0) throw std::runtime_error("forkpty failed");
  if (pid_ == 0) become(command);
  fcntl(terminal_, F_SETFD, FD_CLOEXEC);
}

Terminal::~Terminal() {
  if (pid_ > 0) {
    kill(-pid_, SIGKILL);
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  close(terminal_);
}

void Terminal::type(std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = write(terminal_, text.data(), text.size());
    if (count < 0) throw std::runtime_error("nobody reads the terminal");
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

bool Terminal::read_some(Clock::time_point until) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
  if (left <= 0) return false;
  pollfd polled{terminal_, POLLIN, 0};
  if (poll(&polled, 1, static_cast<int>(left)) <= 0) return false;
  char buffer[65536];
  const ssize_t count = read(terminal_, buffer, sizeof buffer);
  if (count <= 0) return false;
  seen_.append(buffer, static_cast<std::size_t>(count));
  return true;
}

bool Terminal::wait_for(std::string_view text, std::chrono::milliseconds timeout) {
  const auto until = Clock::now() + timeout;
  while (seen_.find(text, marked_) == std::string::npos) {
    if (!read_some(until)) return false;
  }
  return true;
}

std::string Terminal::mark() {
  const std::string since = seen_.substr(marked_);
  marked_ = seen_.size();
  return since;
}

void Terminal::resize(int columns, int rows) {
  const winsize size = size_of(columns, rows);
  if (ioctl(terminal_, TIOCSWINSZ, &size) != 0) throw std::runtime_error("the terminal was not resized");
}

void Terminal::signal(int number) { kill(pid_, number); }

Outcome Terminal::wait() {
  const auto until = Clock::now() + std::chrono::seconds(15);
  Outcome outcome;
  int status = 0;
  while (waitpid(pid_, &status, WNOHANG) == 0) {
    if (Clock::now() > until) {
      outcome.timed_out = true;
      kill(pid_, SIGKILL);
      waitpid(pid_, &status, 0);
      break;
    }
    read_some(Clock::now() + std::chrono::milliseconds(20));
  }
  while (read_some(Clock::now() + std::chrono::milliseconds(20))) {
  }
  pid_ = -1;
  if (WIFEXITED(status)) outcome.code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) outcome.signal = WTERMSIG(status);
  outcome.out = seen_;
  return outcome;
}

}  // namespace tide::test
