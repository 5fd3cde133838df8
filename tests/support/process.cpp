#include "support/process.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pty.h>
#include <pwd.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace tide::test {
namespace {

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

struct Pipe {
  Pipe() {
    if (pipe2(fds, O_CLOEXEC) != 0) fail("pipe");
  }
  int fds[2];
};

void close_fd(int& fd) {
  if (fd >= 0) close(fd);
  fd = -1;
}

void drop_to(const std::string& user) {
  const passwd* entry = getpwnam(user.c_str());
  if (entry == nullptr || initgroups(user.c_str(), entry->pw_gid) != 0 || setgid(entry->pw_gid) != 0 ||
      setuid(entry->pw_uid) != 0) {
    _exit(126);
  }
}

std::map<std::string, std::string> whole_environment(const std::map<std::string, std::string>& given) {
  std::map<std::string, std::string> env = {{"HOME", "/nonexistent"}, {"LANG", "C.UTF-8"}};
  for (const char* kept : {"PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"}) {
    if (const char* value = std::getenv(kept)) env[kept] = value;
  }
  for (const auto& [name, value] : given) env[name] = value;
  return env;
}

// Appends what can be read; false at the end of the stream (a terminal says EIO there).
bool read_some(int fd, std::string& into) {
  char buffer[65536];
  const ssize_t count = read(fd, buffer, sizeof buffer);
  if (count > 0) into.append(buffer, static_cast<std::size_t>(count));
  return count > 0 || (count < 0 && (errno == EINTR || errno == EAGAIN));
}

}  // namespace

Process::Process(Command command) : command_(std::move(command)), deadline_(Clock::now() + command_.timeout) {
  ::signal(SIGPIPE, SIG_IGN);
  if (command_.terminal) {
    spawn_on_terminal();
  } else {
    spawn_piped();
  }
}

Process::~Process() {
  if (!reaped_) {
    kill(-pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  close_fd(in_);
  if (err_ != out_) close_fd(err_);
  close_fd(out_);
}

void Process::spawn_piped() {
  Pipe in, out, err;
  pid_ = fork();
  if (pid_ < 0) fail("fork");
  if (pid_ == 0) {
    setpgid(0, 0);
    dup2(in.fds[0], 0);
    dup2(out.fds[1], 1);
    dup2(err.fds[1], 2);
    become_command();
  }
  setpgid(pid_, pid_);
  for (int fd : {in.fds[0], out.fds[1], err.fds[1]}) close(fd);
  in_ = in.fds[1];
  out_ = out.fds[0];
  err_ = err.fds[0];
  fcntl(in_, F_SETFL, O_NONBLOCK);
}

void Process::spawn_on_terminal() {
  winsize size{};
  size.ws_row = 40;
  size.ws_col = 120;
  pid_ = forkpty(&out_, nullptr, nullptr, &size);
  if (pid_ < 0) fail("forkpty");
  if (pid_ == 0) become_command();
  fcntl(out_, F_SETFD, FD_CLOEXEC);
  type(command_.input);
}

void Process::become_command() {
  for (int number : {SIGPIPE, SIGINT, SIGTERM, SIGHUP}) ::signal(number, SIG_DFL);
  if (!command_.directory.empty() && chdir(command_.directory.c_str()) != 0) _exit(125);
  if (!command_.user.empty()) drop_to(command_.user);
  std::vector<std::string> settings;
  for (const auto& [name, value] : whole_environment(command_.env)) settings.push_back(name + "=" + value);
  std::vector<char*> argv, env;
  for (auto& argument : command_.argv) argv.push_back(argument.data());
  for (auto& setting : settings) env.push_back(setting.data());
  argv.push_back(nullptr);
  env.push_back(nullptr);
  execvpe(argv[0], argv.data(), env.data());
  _exit(127);
}

void Process::feed() {
  if (in_ < 0) return;
  const std::string_view rest = std::string_view(command_.input).substr(fed_);
  const ssize_t count = rest.empty() ? 0 : write(in_, rest.data(), rest.size());
  if (count > 0) fed_ += static_cast<std::size_t>(count);
  const bool refused = count < 0 && errno != EAGAIN && errno != EINTR;
  if (refused || fed_ == command_.input.size()) close_fd(in_);
}

bool Process::pump(Clock::time_point until) {
  feed();
  if (out_ < 0 && err_ < 0) return false;
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
  if (left <= 0) return false;
  pollfd polled[] = {{out_, POLLIN, 0}, {err_, POLLIN, 0}, {in_, POLLOUT, 0}};
  if (poll(polled, 3, static_cast<int>(left)) < 0 && errno != EINTR) fail("poll");
  if (polled[0].revents != 0 && !read_some(out_, outcome_.out)) close_fd(out_);
  if (polled[1].revents != 0 && !read_some(err_, outcome_.err)) close_fd(err_);
  return true;
}

bool Process::wait_for(std::string_view text, std::chrono::milliseconds timeout) {
  const auto until = std::min(Clock::now() + timeout, deadline_);
  const auto seen = [&] {
    return outcome_.out.find(text) != std::string::npos || outcome_.err.find(text) != std::string::npos;
  };
  while (!seen()) {
    if (!pump(until)) return false;
  }
  return true;
}

void Process::type(std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = write(out_, text.data(), text.size());
    if (count < 0) fail("write to the terminal");
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

void Process::signal(int number) { kill(pid_, number); }

void Process::reap() {
  int status = 0;
  while (waitpid(pid_, &status, WNOHANG) == 0) {
    if (Clock::now() > deadline_) {
      outcome_.timed_out = true;
      kill(-pid_, SIGKILL);
      waitpid(pid_, &status, 0);
      break;
    }
    usleep(1000);
  }
  reaped_ = true;
  if (WIFEXITED(status)) outcome_.code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) outcome_.signal = WTERMSIG(status);
}

Outcome Process::wait() {
  while (pump(deadline_)) {
  }
  if (!reaped_) reap();
  return outcome_;
}

Outcome run(Command command) { return Process(std::move(command)).wait(); }

Outcome run_in_terminal(Command command, const std::vector<std::pair<std::string, std::string>>& answers) {
  command.terminal = true;
  Process process(std::move(command));
  for (const auto& [prompt, answer] : answers) {
    if (!process.wait_for(prompt)) break;
    process.type(answer);
  }
  return process.wait();
}

}  // namespace tide::test
