#include "sys/terminal.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <iostream>

#include "sys/interrupt.h"
#include "tide/error.h"

namespace tide {
namespace {

// Turns the echo of what is typed off, and on again at its end.
class Silence {
 public:
  explicit Silence(bool wanted) {
    on_ = wanted && ::tcgetattr(STDIN_FILENO, &before_) == 0;
    if (!on_) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    silent.c_lflag |= ECHONL;
    ::tcsetattr(STDIN_FILENO, TCSADRAIN, &silent);
  }
  ~Silence() {
    if (on_) ::tcsetattr(STDIN_FILENO, TCSADRAIN, &before_);
  }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;

 private:
  termios before_{};
  bool on_ = false;
};

}  // namespace

bool has_person() noexcept { return ::isatty(STDIN_FILENO) != 0 && ::isatty(STDERR_FILENO) != 0; }

std::optional<std::string> ask_person(const std::function<void()>& show_question, bool hidden) {
  const Silence silence(hidden);  // before the question: whoever is quick types into it
  show_question();
  // a read would go on after a signal, and so would a poll without end after one that came just before it
  pollfd terminal{STDIN_FILENO, POLLIN, 0};
  while (!interrupted() && ::poll(&terminal, 1, 100) <= 0) continue;
  if (interrupted()) throw Error(ErrorKind::kInterrupted, "interrupted at a question");
  std::string answer;
  return std::getline(std::cin, answer) ? std::optional<std::string>(answer) : std::nullopt;
}

struct TerminalSettings::Found {
  termios settings{};
};

TerminalSettings::TerminalSettings() {
  auto found = std::make_unique<Found>();
  if (::tcgetattr(STDIN_FILENO, &found->settings) == 0) found_ = std::move(found);
}
TerminalSettings::~TerminalSettings() = default;

void TerminalSettings::restore() const noexcept {
  if (found_ && ::tcgetpgrp(STDIN_FILENO) == ::getpgrp()) ::tcsetattr(STDIN_FILENO, TCSADRAIN, &found_->settings);
}

TerminalSize terminal_size(int descriptor) noexcept {
  winsize size{};
  TerminalSize found;
  if (::ioctl(descriptor, TIOCGWINSZ, &size) != 0) return found;
  if (size.ws_col > 0) found.columns = size.ws_col;
  if (size.ws_row > 0) found.rows = size.ws_row;
  return found;
}

}  // namespace tide
