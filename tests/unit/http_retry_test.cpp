#include "sys/http_retry.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tide::test {
namespace {

HttpRequest asking(int retries, bool idempotent = true) {
  HttpRequest request;
  request.retries = retries;
  request.idempotent = idempotent;
  return request;
}
HttpTry answered(int status, std::int64_t retry_after_ms = -1) { return {status, true, false, retry_after_ms}; }
HttpTry failed(bool reached, bool lasting = false) { return {0, reached, lasting}; }

TEST(HttpRetry, follows_what_passes_and_nothing_else) {
  struct Case {
    const char* what;
    HttpTry last;
    bool idempotent;
    bool again;
  };
  for (const Case& one : std::vector<Case>{
           {"an answer", answered(200), true, false},
           {"a redirect", answered(302), true, false},
           {"not found", answered(404), true, false},
           {"timeout", answered(408), true, true},
           {"too many requests", answered(429), true, true},
           {"a server's error", answered(500), true, true},
           {"not implemented", answered(501), true, false},
           {"a gateway's", answered(502), true, true},
           {"unavailable", answered(503), true, true},
           {"a gateway's timeout", answered(504), true, true},
           {"unavailable, to a POST", answered(503), false, false},
           {"too many requests, to a POST", answered(429), false, false},
           {"no connection", failed(false), true, true},
           {"no connection for a POST", failed(false), false, true},
           {"a lost connection", failed(true), true, true},
           {"a lost connection under a POST", failed(true), false, false},
           {"a bad certificate", failed(false, true), true, false},
       }) {
    EXPECT_EQ(retry_delay_ms(asking(3, one.idempotent), one.last, 1, 0).has_value(), one.again) << one.what;
  }
}

TEST(HttpRetry, ends_with_the_number_that_was_asked_for) {
  EXPECT_FALSE(retry_delay_ms(asking(0), answered(503), 1, 0));
  EXPECT_TRUE(retry_delay_ms(asking(2), answered(503), 2, 0));
  EXPECT_FALSE(retry_delay_ms(asking(2), answered(503), 3, 0));
}

TEST(HttpRetry, waits_twice_as_long_each_time_up_to_half_a_minute) {
  const HttpRequest request = asking(100);
  std::vector<std::int64_t> pauses;
  for (int number = 1; number <= 8; ++number) pauses.push_back(*retry_delay_ms(request, answered(503), number, 0));
  EXPECT_EQ(pauses, (std::vector<std::int64_t>{500, 1000, 2000, 4000, 8000, 16000, 30000, 30000}));
  EXPECT_EQ(retry_delay_ms(request, answered(503), 100, 0), 30000);
}

TEST(HttpRetry, is_up_to_a_half_earlier_by_chance) {
  EXPECT_EQ(retry_delay_ms(asking(5), answered(503), 2, 0.5), 750);
  EXPECT_EQ(retry_delay_ms(asking(5), answered(503), 2, 1), 500);
}

TEST(HttpRetry, is_never_earlier_than_the_server_asks_and_does_not_wait_for_hours) {
  EXPECT_EQ(retry_delay_ms(asking(5), answered(429, 7000), 1, 0.5), 7000);
  EXPECT_EQ(retry_delay_ms(asking(5), answered(429, 0), 1, 0), 500);
  EXPECT_EQ(retry_delay_ms(asking(5), answered(429, kLongestRetryAfterMs), 1, 0), kLongestRetryAfterMs);
  EXPECT_FALSE(retry_delay_ms(asking(5), answered(429, kLongestRetryAfterMs + 1), 1, 0));
}

}  // namespace
}  // namespace tide::test
