#include "migrate/retry.h"

#include <algorithm>
#include <cstddef>
#include <iterator>

namespace tide {

namespace {

constexpr std::int64_t kFirstPauseMs = 250;
constexpr std::int64_t kLongestPauseMs = 5000;
constexpr int kLongestDoubling = 5;

}  // namespace

int attempts_for(Obstacle obstacle) {
  switch (obstacle) {
    case Obstacle::kLock:
    case Obstacle::kBlockedAsWaiting:
      return 10;
    case Obstacle::kBlockedAsWorking:
      return 3;
    case Obstacle::kNone:
      break;
  }
  return 1;
}

const char* lock_wait_of(int attempt) {
  constexpr int kSoon = 7;
  constexpr const char* kInsistent[] = {"200ms", "1s"};
  if (attempt <= kSoon) return "50ms";
  const auto late = static_cast<std::size_t>(attempt - kSoon - 1);
  return late < std::size(kInsistent) ? kInsistent[late] : kLongLockWait;
}

bool waits_before_work(std::string_view verb) {
  constexpr std::string_view kVerbs[] = {"SELECT", "VALUES",   "TABLE",     "SHOW",   "SET",     "RESET",
                                         "CREATE", "ALTER",    "DROP",      "LOCK",   "COMMENT", "GRANT",
                                         "REVOKE", "TRUNCATE", "SAVEPOINT", "RELEASE"};
  return std::find(std::begin(kVerbs), std::end(kVerbs), verb) != std::end(kVerbs);
}

std::int64_t pause_after_ms(int attempt, std::int64_t blocked_ms) {
  const std::int64_t pause = kFirstPauseMs << std::min(attempt - 1, kLongestDoubling);
  return std::min(std::max(pause, blocked_ms), kLongestPauseMs);
}

}  // namespace tide
