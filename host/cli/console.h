#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "cli/rate.h"
#include "cli/style.h"
#include "tide/event.h"

namespace tide {

struct ConsoleOptions {
  Style style;
  bool quiet = false;     // warnings and errors only
  int verbosity = 0;      // 1: statements and debug messages; 2: their values, and the engine's own statements
  bool terminal = false;  // progress as a bar that is redrawn; else as plain lines, one every tenth
  bool progress = true;
  int columns = 100;                                       // how much of a statement fits on its line
  std::function<int()> bar_columns = [] { return 1000; };  // how much of a bar does: it is one line or a mess
  std::function<double()> now_ms = [] {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();
  };
};

// Reads the events for people.
class Console {
 public:
  using Write = std::function<void(std::string_view)>;

  Console(ConsoleOptions options, Write write) : options_(std::move(options)), write_(std::move(write)) {}

  void read(const Event& event);

 private:
  void step_done(const Event& event);
  void step_failed(const Event& event);
  void statement(const Event& event);
  void log(const Event& event);
  void notice(const Event& event);
  void effect(const Event& event);
  void progress(const Event& event);
  void progress_bar(const Event& event);
  void progress_line(const Event& event);
  std::string pace() const;
  void line(const std::string& text);

  ConsoleOptions options_;
  Write write_;
  bool bar_shown_ = false;
  Rate rate_;
  std::int64_t progress_said_ = -1;
};

// "12 ms, 3 statements, 1 row" without the parts that are zero.
std::string step_facts(double ms, std::int64_t statements, std::int64_t rows);
// A duration that was kept in whole milliseconds: "<1 ms", "7 ms", "1.5 s".
std::string whole_ms(std::int64_t ms);
// "2025-01-01T10:20:30.456Z" as a person reads it: "2025-01-01 10:20:30".
std::string short_time(const std::string& iso);
// "1 row", "3 rows"
std::string counted(std::int64_t count, std::string_view noun);
// "1,234,567"
std::string grouped(std::int64_t number);

}  // namespace tide
