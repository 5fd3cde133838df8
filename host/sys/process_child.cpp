#include "sys/process_child.h"

#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "sys/os_error.h"
#include "sys/process_group.h"

namespace tide {
namespace {

// What happens in the child between its birth and the program: default signals, none blocked, a session of its own.
class Attributes {
 public:
  Attributes() {
    sigset_t all, none;
    ::sigfillset(&all);
    ::sigemptyset(&none);
    ::posix_spawnattr_init(&attributes_);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSID);
  }
  ~Attributes() { ::posix_spawnattr_destroy(&attributes_); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_;
};

class Actions {
 public:
  Actions(const Program& program, const StandardStreams& streams) {
    ::posix_spawn_file_actions_init(&actions_);
    if (program.directory) ::posix_spawn_file_actions_addfchdir_np(&actions_, program.directory.get());
    ::posix_spawn_file_actions_adddup2(&actions_, streams.in, STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions_, streams.out, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions_, streams.err, STDERR_FILENO);
    // whatever a library has opened without O_CLOEXEC
    ::posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
  }
  ~Actions() { ::posix_spawn_file_actions_destroy(&actions_); }
  Actions(const Actions&) = delete;
  Actions& operator=(const Actions&) = delete;
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// Who starts us may have ignored SIGCHLD; then the kernel would forget how a child ended.
void keep_exit_codes() {
  struct sigaction current {};
  if (::sigaction(SIGCHLD, nullptr, &current) != 0 || current.sa_handler != SIG_IGN) return;
  current.sa_handler = SIG_DFL;
  ::sigaction(SIGCHLD, &current, nullptr);
}

int open_end(pid_t pid) {
#ifdef SYS_pidfd_open
  return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));  // closed on exec by itself
#else
  return -1;
#endif
}

}  // namespace

Child::Child(const Program& program, const std::vector<std::string>& argv, const StandardStreams& streams) {
  keep_exit_codes();
  const Attributes attributes;
  const Actions actions(program, streams);
  const std::vector<char*> arguments = pointers_to(argv), environment = pointers_to(program.environment);
  const int code =
      ::posix_spawn(&pid_, program.path.c_str(), actions.get(), attributes.get(), arguments.data(), environment.data());
  if (code != 0) {
    pid_ = -1;
    throw cannot_start(program.path, code);
  }
  end_ = Descriptor(open_end(pid_));
}

Child::Child(Child&& other) noexcept { *this = std::move(other); }

Child& Child::operator=(Child&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(ended_, other.ended_);
  std::swap(reaped_, other.reaped_);
  std::swap(code_, other.code_);
  std::swap(signal_, other.signal_);
  std::swap(end_, other.end_);
  return *this;
}

Child::~Child() {
  if (running()) signal_group(SIGKILL);
  reap();
}

bool Child::look_for_end() {
  siginfo_t about{};
  if (!running()) return false;
  if (::waitid(P_PID, static_cast<id_t>(pid_), &about, WEXITED | WNOHANG | WNOWAIT) != 0) {
    if (errno == EINTR) return false;
    throw os_error("learn the end of process", std::to_string(pid_), errno);
  }
  if (about.si_pid == 0) return false;
  ended_ = true;
  if (about.si_code != CLD_EXITED) signal_ = about.si_status;
  code_ = signal_ == 0 ? about.si_status : 128 + signal_;
  return true;
}

void Child::signal_group(int number) const {
  if (pid_ > 0) ::kill(-pid_, number);
}

void Child::reap() {
  if (pid_ <= 0 || reaped_) return;
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) continue;
  reaped_ = true;
}

bool Child::leaves_group() const { return pid_ > 0 && group_alive(pid_); }

}  // namespace tide
