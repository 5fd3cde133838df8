#include "migrate/in_doubt.h"

#include <algorithm>
#include <chrono>
#include <optional>

#include "base/text.h"
#include "sys/interrupt.h"
#include "tide/error.h"

namespace tide {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::int64_t kFirstPauseMs = 100;
constexpr std::int64_t kLongestPauseMs = 2000;
constexpr const char* kRolledBackText =
    ": not committed: the connection was lost during COMMIT, and the server says that it rolled back";
constexpr const char* kUnknownText =
    ": whether it was committed is not known: the connection was lost during COMMIT, and the server could not be asked";

void announce(const InDoubt& question, const EventStream& events) {
  Event event{Event::Kind::kWaiting};
  event.text = cat("the connection was lost during COMMIT of ", question.what,
                   ": asking the server whether it was committed (for up to ",
                   human_duration(static_cast<double>(question.patience_ms)), ")");
  events.emit(event);
}

void tell_committed(const InDoubt& question, const EventStream& events) {
  Event event{Event::Kind::kWarning};
  event.text = cat(question.what, ": the connection was lost during COMMIT; the server says that it was committed");
  events.emit(event);
}

// Nothing while a server restarts, a network is down, or the COMMIT is still under way.
std::optional<Fate> ask_once(Connection& lost, const InDoubt& question) {
  try {
    return question.committed(*lost.clone()) ? Fate::kCommitted : Fate::kRolledBack;
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace

Fate find_fate(Connection& lost, const InDoubt& question, const EventStream& events) {
  announce(question, events);
  const Clock::time_point deadline = Clock::now() + std::chrono::milliseconds(question.patience_ms);
  for (std::int64_t pause = kFirstPauseMs;; pause = std::min(pause * 2, kLongestPauseMs)) {
    if (const auto fate = ask_once(lost, question)) return *fate;
    if (interrupted() || Clock::now() + std::chrono::milliseconds(pause) >= deadline) return Fate::kUnknown;
    sleep_ms(pause);
  }
}

void commit_or_ask(Connection& connection, const InDoubt& question, const EventStream& events) {
  const bool open = connection.transaction_state() == TransactionState::kOpen;
  try {
    connection.commit();
  } catch (Error& error) {
    if (!open || connection.transaction_state() != TransactionState::kLost) throw;
    const Fate fate = find_fate(connection, question, events);
    if (fate == Fate::kCommitted) return tell_committed(question, events);
    error.detail = cat(question.what, fate == Fate::kRolledBack ? kRolledBackText : kUnknownText);
    throw;
  }
}

}  // namespace tide
