#pragma once

#include <cstdint>

namespace tide {

// What an attempt of a step stopped at, where another attempt may get through.
enum class Obstacle : std::uint8_t {
  kNone,              // nothing of the kind
  kLock,              // a lock was not free in time, or a deadlock was resolved by ending this one
  kBlockedAsWaiting,  // the guard cancelled it while it waited for a lock, with others behind it
  kBlockedAsWorking,  // the guard cancelled it while it worked and held a lock: it would again
};

// How often a step is tried in all.
int attempts_for(Obstacle obstacle);

// The pause behind the attempt of this number (1, 2 ...): longer each time, and no shorter than others had to wait for
// it, so that what has piled up can be done.
std::int64_t pause_after_ms(int attempt, std::int64_t blocked_ms);

}  // namespace tide
