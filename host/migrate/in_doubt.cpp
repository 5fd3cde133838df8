#include "migrate/in_doubt.h"

#include <algorithm>
#include <chrono>

#include "base/text.h"
#include "sys/interrupt.h"
#include "tide/error.h"

namespace tide {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::int64_t kFirstPauseMs = 100;
constexpr std::int64_t kLongestPauseMs = 2000;

void announce(const InDoubt& question, const EventStream& events) {
  Event event{Event::Kind::kWaiting};
  event.text =
      cat("the connection was lost during COMMIT of ", question.what,
          ": asking the server whether it was committed (for up to ",
          human_duration(static_cast<double>(question.patience_ms)), ")");
  events.emit(event);
}

Fate ask(Connection& lost, const InDoubt& question) {
  const Clock::time_point deadline = Clock::now() + std::chrono::milliseconds(question.patience_ms);
  for (std::int64_t pause = kFirstPauseMs;; pause = std::min(pause * 2, kLongestPauseMs)) {
    try {
      return question.committed(*lost.clone()) ? Fate::kCommitted : Fate::kRolledBack;
    } catch (const Error&) {
      // a server that restarts, a network that is down, a COMMIT that is still under way
    }
    if (interrupted() || Clock::now() + std::chrono::milliseconds(pause) >= deadline) return Fate::kUnknown;
    sleep_ms(pause);
  }
}

}  // namespace

Fate find_fate(Connection& lost, const InDoubt& question, const EventStream& events) noexcept {
  try {
    announce(question, events);
    return ask(lost, question);
  } catch (const std::exception&) {
    return Fate::kUnknown;
  }
}

}  // namespace tide
