#pragma once

#include <cstdint>
#include <string_view>

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

// The lock_timeout of the attempt of this number where nobody has set one: while a statement waits for a lock of a
// table, everybody waits behind it, so the early attempts give up soon, and the last ones insist.
const char* lock_wait_of(int attempt);
// Where an attempt cannot be made again, or not for little.
constexpr const char* kLongLockWait = "5s";

// Whether a statement that begins with this word waits for locks of tables, if for any, before it has worked for long.
// Others may meet one more lock, of a row, after hours.
bool waits_before_work(std::string_view verb);

// The pause behind the attempt of this number (1, 2 ...): longer each time, and no shorter than others had to wait for
// it, so that what has piled up can be done.
std::int64_t pause_after_ms(int attempt, std::int64_t blocked_ms);

}  // namespace tide
