#pragma once

#include <cstdint>

namespace tide {

// Ctrl-C, SIGTERM, and SIGHUP when the terminal goes away. The first one sets a flag and tells every target that is
// alive; a second one leaves the process at once with 130 (the server rolls back what was open).
// Two within a tenth of a second are one: a terminal and a wrapper that passes signals on both send it.
// A signal that was ignored when the process started stays ignored.
void install_interrupt_handlers();
bool interrupted() noexcept;
// Does what the first signal does; false when there was one before.
bool interrupt_all() noexcept;
void clear_interrupt() noexcept;
// Whether it was one that asks the process to end (SIGTERM, SIGHUP), not Ctrl-C; stays so.
bool asked_to_end() noexcept;
// SIGHUP counts too from now on: the terminal is gone. Without it that signal ends the process.
void handle_hangup();
// Returns early when interrupted.
void sleep_ms(std::int64_t milliseconds) noexcept;

// While it lives, `notify(self)` is called from the signal handler, on any thread: only async-signal-safe work is
// allowed there. The destructor returns when no such call is under way. 64 may be alive at once.
class InterruptTarget {
 public:
  using Notify = void (*)(void* self) noexcept;
  InterruptTarget(Notify notify, void* self);
  ~InterruptTarget();
  InterruptTarget(const InterruptTarget&) = delete;
  InterruptTarget& operator=(const InterruptTarget&) = delete;

 private:
  int slot_;
};

}  // namespace tide
