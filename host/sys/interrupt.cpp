#include "sys/interrupt.h"

#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>

#include "base/text.h"
#include "tide/error.h"

namespace tide {
namespace {

constexpr std::int64_t kSameSignalMs = 100;
constexpr std::int64_t kLongestPauseMs = 100;

struct Slot {
  std::atomic<bool> taken{false};
  std::atomic<InterruptTarget::Notify> notify{nullptr};
  std::atomic<void*> self{nullptr};
};

// A signal handler may touch only what is lock-free and lives as long as the process.
constexpr std::size_t kSlots = 64;
std::array<Slot, kSlots> slots;
std::atomic<int> handlers_running{0};
std::atomic<std::int64_t> first_at_ms{0};  // 0 = not interrupted
std::atomic<bool> ending{false};
static_assert(std::atomic<void*>::is_always_lock_free && std::atomic<std::int64_t>::is_always_lock_free);

std::int64_t now_ms() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1000000 + 1;
}

void tell_targets() {
  for (Slot& slot : slots) {
    InterruptTarget::Notify notify = slot.notify.load();
    if (notify != nullptr) notify(slot.self.load());
  }
}

void on_signal(int number) {
  int saved = errno;
  if (number != SIGINT) ending.store(true);
  handlers_running.fetch_add(1);
  std::int64_t now = now_ms(), first = 0;
  if (first_at_ms.compare_exchange_strong(first, now)) {
    tell_targets();
  } else if (now - first > kSameSignalMs) {
    ::_exit(130);
  }
  handlers_running.fetch_sub(1);
  errno = saved;
}

void install(int signal_number) {
  struct sigaction old {};
  if (::sigaction(signal_number, nullptr, &old) == 0 && old.sa_handler == SIG_IGN) return;
  struct sigaction action {};
  action.sa_handler = on_signal;
  // RESTART: without it a write to a pipe fails half-way; sleeps and polls end all the same. NODEFER: asking a server
  // to cancel may hang in a dead network, and then it is the second signal that ends the process.
  action.sa_flags = SA_RESTART | SA_NODEFER;
  ::sigemptyset(&action.sa_mask);
  ::sigaction(signal_number, &action, nullptr);
}

int take_slot() {
  for (std::size_t i = 0; i < slots.size(); ++i) {
    if (!slots[i].taken.exchange(true)) return static_cast<int>(i);
  }
  throw Error(ErrorKind::kInternal, cat("more than ", kSlots, " interrupt targets are alive"));
}

}  // namespace

void install_interrupt_handlers() {
  install(SIGINT);
  install(SIGTERM);
  install(SIGHUP);
}

bool interrupt_all() noexcept {
  handlers_running.fetch_add(1);
  std::int64_t first = 0;
  const bool is_first = first_at_ms.compare_exchange_strong(first, now_ms());
  if (is_first) tell_targets();
  handlers_running.fetch_sub(1);
  return is_first;
}

void handle_hangup() { install(SIGHUP); }

bool asked_to_end() noexcept { return ending.load(); }

bool interrupted() noexcept { return first_at_ms.load() != 0; }

void clear_interrupt() noexcept { first_at_ms.store(0); }

void sleep_ms(std::int64_t milliseconds) noexcept {
  const std::int64_t end = now_ms() + milliseconds;
  // a signal ends the pause, another thread's interrupt_all() does not
  for (std::int64_t left = milliseconds; left > 0 && !interrupted(); left = end - now_ms()) {
    const std::int64_t piece = std::min(left, kLongestPauseMs);
    const timespec pause{piece / 1000, piece % 1000 * 1000000};
    ::nanosleep(&pause, nullptr);
  }
}

InterruptTarget::InterruptTarget(Notify notify, void* self) : slot_(take_slot()) {
  Slot& slot = slots[static_cast<std::size_t>(slot_)];
  slot.self.store(self);
  slot.notify.store(notify);  // last: from here on the handler may call it
}

InterruptTarget::~InterruptTarget() {
  Slot& slot = slots[static_cast<std::size_t>(slot_)];
  slot.notify.store(nullptr);
  while (handlers_running.load() != 0) ::usleep(100);
  slot.taken.store(false);
}

}  // namespace tide
