#include "sys/http_retry.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace tide {

namespace {

constexpr double kFirstPauseMs = 500;
constexpr double kLongestPauseMs = 30'000;
// timeout, too many requests, and what says that the server cannot answer now
constexpr std::array kPassingStatuses = {408, 429, 500, 502, 503, 504};

bool may_repeat(const HttpRequest& request, const HttpTry& last) {
  if (last.status == 0) return !last.lasting && (request.idempotent || !last.reached);
  const auto passing = std::find(kPassingStatuses.begin(), kPassingStatuses.end(), last.status);
  return request.idempotent && passing != kPassingStatuses.end();
}

}  // namespace

std::optional<std::int64_t> retry_delay_ms(const HttpRequest& request, const HttpTry& last, int number, double jitter) {
  if (number > request.retries || !may_repeat(request, last)) return std::nullopt;
  if (last.retry_after_ms > kLongestRetryAfterMs) return std::nullopt;
  const double pause = std::min(kFirstPauseMs * std::pow(2.0, number - 1), kLongestPauseMs);
  return std::max(static_cast<std::int64_t>(pause * (1 - jitter / 2)), last.retry_after_ms);
}

}  // namespace tide
