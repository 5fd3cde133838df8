#include "cli/progress_events.h"

#include <gtest/gtest.h>

namespace tide {
namespace {

Event progress(std::int64_t done, std::int64_t total, Value waiting = Null()) {
  Event event{Event::Kind::kProgress};
  event.text = "users";
  event.done = done;
  event.total = total;
  event.params = {Value("run"), Value(7), Value("waiting"), std::move(waiting)};
  return event;
}

struct At {
  double ms;
  Event event;
};

std::vector<std::string> read(const std::vector<At>& moments) {
  std::vector<std::string> lines;
  double now = 0;
  ProgressEvents events([&](const Json& json) { lines.push_back(dump_json(json)); }, [&now] { return now; });
  for (const At& moment : moments) {
    now = moment.ms;
    events.read(moment.event);
  }
  return lines;
}

TEST(ProgressEvents, ALineHoldsWhatIsKnownAndNullForWhatIsNot) {
  const auto lines = read({{0, progress(0, 100)}, {2000, progress(50, 100)}, {3000, progress(75, 0)}});
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0],
            R"({"event":"progress","label":"users","done":0,"total":100,"rate":null,"remaining_seconds":null,"run":7,)"
            R"("waiting":null})");
  EXPECT_EQ(lines[1],
            R"({"event":"progress","label":"users","done":50,"total":100,"rate":25.0,"remaining_seconds":2.0,"run":7,)"
            R"("waiting":null})");
  EXPECT_EQ(
      lines[2],
      R"({"event":"progress","label":"users","done":75,"total":null,"rate":25.0,"remaining_seconds":null,"run":7,)"
      R"("waiting":null})");
}

TEST(ProgressEvents, AtMostOneComesASecondButForWhereItWaitsGoesOnAndEnds) {
  EXPECT_EQ(read({{0, progress(1, 9)}, {300, progress(2, 9)}, {900, progress(3, 9)}, {1000, progress(4, 9)}}).size(),
            2U);
  EXPECT_EQ(
      read({{0, progress(1, 9)}, {10, progress(1, 9, "x")}, {20, progress(1, 9, "y")}, {30, progress(2, 9)}}).size(),
      3U);
  EXPECT_EQ(read({{0, progress(1, 9)}, {10, progress(9, 9)}, {20, progress(9, 9)}}).size(), 2U);
}

TEST(ProgressEvents, OtherEventsAreNoProgress) { EXPECT_TRUE(read({{0, Event{Event::Kind::kLog}}}).empty()); }

TEST(Rate, IsThatOfTheLastHalfMinute) {
  Rate rate;
  EXPECT_TRUE(rate.note(progress(0, 10000), 0));
  EXPECT_FALSE(rate.per_second().has_value());
  for (int second = 1; second <= 60; ++second) EXPECT_FALSE(rate.note(progress(0, 10000), second * 1000.0));
  EXPECT_FALSE(rate.per_second().has_value());
  for (int second = 61; second <= 120; ++second) rate.note(progress((second - 60) * 100, 10000), second * 1000.0);
  EXPECT_DOUBLE_EQ(*rate.per_second(), 100);
  EXPECT_DOUBLE_EQ(*rate.seconds_left(), 40);
}

TEST(Rate, ASmallerCountOrAnotherLabelBeginsAnew) {
  Rate rate;
  rate.note(progress(500, 1000), 0);
  EXPECT_TRUE(rate.note(progress(400, 1000), 1000));
  EXPECT_FALSE(rate.per_second().has_value());
  Event other = progress(500, 1000);
  other.text = "orders";
  EXPECT_TRUE(rate.note(other, 2000));
}

}  // namespace
}  // namespace tide
