#pragma once

#include <cstdint>
#include <optional>

#include "sys/http.h"

namespace tide {

// How a try ended: with a status, or without an answer (0).
struct HttpTry {
  int status = 0;
  bool reached = true;               // without an answer: the server may have seen the request
  bool lasting = false;              // without an answer: the next try would end like this one
  std::int64_t retry_after_ms = -1;  // what the answer asks for; -1 = nothing
};

// A longer Retry-After is not waited for: the answer is the caller's then.
constexpr std::int64_t kLongestRetryAfterMs = 5 * 60'000;

// How long to wait before the next try, nothing when there is none. `number` of this try counts from 1; `jitter` is
// between 0 and 1. The pauses grow from half a second to half a minute, by chance up to a half shorter, and are never
// shorter than what the server asked for.
std::optional<std::int64_t> retry_delay_ms(const HttpRequest& request, const HttpTry& last, int number, double jitter);

}  // namespace tide
