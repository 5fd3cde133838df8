#include "migrate/retry.h"

#include <algorithm>

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

std::int64_t pause_after_ms(int attempt, std::int64_t blocked_ms) {
  const std::int64_t pause = kFirstPauseMs << std::min(attempt - 1, kLongestDoubling);
  return std::min(std::max(pause, blocked_ms), kLongestPauseMs);
}

}  // namespace tide
