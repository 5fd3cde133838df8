#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace tide {

// Whether a person sits at both ends: standard input and standard error are terminals.
bool has_person() noexcept;

// Calls `show_question`, then reads the line that is typed, without its end; nothing at the end of the input. A hidden
// answer is not shown. kInterrupted after Ctrl-C.
std::optional<std::string> ask_person(const std::function<void()>& show_question, bool hidden);

// The settings of the terminal as they were found, for putting them back after a program that changed them.
class TerminalSettings {
 public:
  TerminalSettings();
  ~TerminalSettings();
  TerminalSettings(const TerminalSettings&) = delete;
  TerminalSettings& operator=(const TerminalSettings&) = delete;
  void restore() const noexcept;  // nothing where standard input is no terminal

 private:
  struct Found;
  std::unique_ptr<Found> found_;
};

struct TerminalSize {
  int columns = 80;
  int rows = 24;
};
// Of standard output (1) or standard error (2); the default where it is no terminal.
TerminalSize terminal_size(int descriptor = 1) noexcept;

}  // namespace tide
