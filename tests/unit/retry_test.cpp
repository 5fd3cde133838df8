#include "migrate/retry.h"

#include <gtest/gtest.h>

#include <string>

namespace tide {
namespace {

TEST(RetryTest, PausesGrowFromAQuarterOfASecondToFive) {
  const std::int64_t expected[] = {250, 500, 1000, 2000, 4000, 5000, 5000, 5000, 5000};
  for (int attempt = 1; attempt <= 9; ++attempt)
    EXPECT_EQ(pause_after_ms(attempt, 0), expected[attempt - 1]) << attempt;
  EXPECT_EQ(pause_after_ms(1000, 0), 5000);
}

TEST(RetryTest, APauseIsNoShorterThanOthersHadToWait) {
  EXPECT_EQ(pause_after_ms(1, 1100), 1100);
  EXPECT_EQ(pause_after_ms(4, 1100), 2000);
  EXPECT_EQ(pause_after_ms(1, 60000), 5000);
}

TEST(RetryTest, AllAttemptsTogetherOutlastAReaderOfHalfAMinute) {
  std::int64_t waited = 0;
  for (int attempt = 1; attempt < attempts_for(Obstacle::kLock); ++attempt) waited += pause_after_ms(attempt, 0);
  EXPECT_EQ(waited, 27750);
}

TEST(RetryTest, AttemptsInsistMoreAndMoreOnceAReaderOfTenSecondsIsOutlasted) {
  std::int64_t waited = 0;
  for (int attempt = 1; attempt < attempts_for(Obstacle::kLock); ++attempt) {
    const std::string wait = lock_wait_of(attempt);
    EXPECT_TRUE(wait == "50ms" || waited > 10000) << attempt;
    waited += pause_after_ms(attempt, 0);
  }
  EXPECT_STREQ(lock_wait_of(8), "200ms");
  EXPECT_STREQ(lock_wait_of(9), "1s");
  EXPECT_STREQ(lock_wait_of(10), kLongLockWait);
  EXPECT_STREQ(lock_wait_of(11), kLongLockWait);
}

TEST(RetryTest, WhatMayMeetALockInTheMiddleOfItsWorkIsToldApart) {
  for (const char* verb : {"SELECT", "ALTER", "CREATE", "DROP", "LOCK", "TRUNCATE"})
    EXPECT_TRUE(waits_before_work(verb));
  for (const char* verb : {"UPDATE", "DELETE", "INSERT", "MERGE", "WITH", "DO", "CALL", "COPY", ""}) {
    EXPECT_FALSE(waits_before_work(verb)) << verb;
  }
}

TEST(RetryTest, WorkThatWouldBlockAgainIsTriedLessOften) {
  EXPECT_EQ(attempts_for(Obstacle::kNone), 1);
  EXPECT_LT(attempts_for(Obstacle::kBlockedAsWorking), attempts_for(Obstacle::kBlockedAsWaiting));
}

}  // namespace
}  // namespace tide
