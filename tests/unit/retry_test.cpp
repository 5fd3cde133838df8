#include "migrate/retry.h"

#include <gtest/gtest.h>

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

TEST(RetryTest, WorkThatWouldBlockAgainIsTriedLessOften) {
  EXPECT_EQ(attempts_for(Obstacle::kNone), 1);
  EXPECT_LT(attempts_for(Obstacle::kBlockedAsWorking), attempts_for(Obstacle::kBlockedAsWaiting));
}

}  // namespace
}  // namespace tide
