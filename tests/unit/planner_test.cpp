#include "migrate/planner.h"

#include <gtest/gtest.h>

#include "migrate/pairing.h"
#include "migrate/validate.h"
#include "migrate/version.h"
#include "sys/digest.h"
#include "unit/migration_cases.h"

namespace tide {
namespace {

using test::applied;
using test::failed;
using test::file;
using test::interrupted;
using test::running;

using Source = std::vector<Migration>;
using Entries = std::vector<HistoryEntry>;

// "up 1, up 2", or "kind: message" of the error; a step without a source is marked "(stored)".
template <class Make>
std::string outcome(Make make) {
  std::vector<std::string> steps;
  try {
    for (const PlanStep& step : make().steps) {
      steps.push_back(cat(direction_name(step.direction), " ", step.version, step.source ? "" : " (stored)"));
    }
  } catch (const Error& error) {
    return cat(kind_name(error.kind), ": ", error.message);
  }
  return join(steps, ", ");
}

Plan up(const Source& source, const Entries& history, const UpTarget& target) {
  auto other = [](const Migration&) { return "other tokens"; };
  return plan_up(source, history, validate(source, history, other), target);
}

// Plain members: g++ 12 takes the strings of a half-built table of cases for uninitialized.
struct UpAsked {
  const char* version = "";
  int count = 0;
  bool allow_out_of_order = false;
};

struct UpCase {
  const char* what;
  Source source;
  Entries history;
  UpAsked asked;
  std::string expected;
};

class PlanUp : public testing::TestWithParam<UpCase> {};

TEST_P(PlanUp, is_what_is_pending_up_to_the_target) {
  const UpCase& c = GetParam();
  EXPECT_EQ(outcome([&] {
              return up(c.source, c.history, {c.asked.version, c.asked.count, c.asked.allow_out_of_order});
            }),
            c.expected)
      << c.what;
}

const Source kThree = {file("1", "a"), file("2", "b"), file("10", "c")};

const UpCase kUpCases[] = {
    {"all", kThree, {}, {}, "up 1, up 2, up 10"},
    {"the rest", kThree, {applied("1", "a")}, {}, "up 2, up 10"},
    {"nothing pending", kThree, {applied("1", "a"), applied("2", "b"), applied("10", "c")}, {}, ""},
    {"no files", {}, {}, {}, ""},
    {"to a version", kThree, {}, {"2"}, "up 1, up 2"},
    {"to a name", kThree, {}, {"b"}, "up 1, up 2"},
    {"to a version that is applied", kThree, {applied("1", "a"), applied("2", "b")}, {"1"}, ""},
    {"so many", kThree, {}, {"", 2}, "up 1, up 2"},
    {"so many and to a version", kThree, {}, {"2", 5}, "up 1, up 2"},
    {"to an unknown version", kThree, {}, {"3"}, "usage: no migration is called \"3\""},
    {"out of order",
     kThree,
     {applied("1", "a"), applied("10", "c")},
     {},
     "history: migrations/2_b.lua is pending below the current version 10"},
    {"out of order, allowed", kThree, {applied("1", "a"), applied("10", "c")}, {"", 0, true}, "up 2"},
    {"out of order and up to a version, allowed", kThree, {applied("10", "c")}, {"1", 0, true}, "up 1"},
    {"divergent",
     {file("1", "a", "new"), file("2", "b")},
     {applied("1", "a")},
     {},
     "history: migrations/1_a.lua is not what was applied at 2026-11-20T06:48:42.123Z"},
    {"divergent is not out of order",
     {file("1", "a", "new"), file("2", "b")},
     {applied("1", "a")},
     {"", 0, true},
     "history: migrations/1_a.lua is not what was applied at 2026-11-20T06:48:42.123Z"},
    {"missing", {file("2", "b")}, {applied("1", "a")}, {}, "up 2"},
    {"failed", kThree, {failed("1", "a")}, {}, "history: 1 a failed half-way up: relation \"x\" exists"},
    {"interrupted", kThree, {applied("1", "a"), interrupted("2", "b")}, {}, "up 2, up 10"},
    {"interrupted going down",
     kThree,
     {interrupted("1", "a", Direction::kDown)},
     {},
     "history: 1 a was interrupted half-way down (run 20261120T064842-3f9a1c, ann on box)"},
    {"running elsewhere",
     kThree,
     {running("1", "a")},
     {},
     "lock: 1 a is running (up) since 2026-11-20T06:48:42.123Z: run 20261120T064842-3f9a1c, ann on box"},
    {"two reasons at once",
     {file("1", "a", "new"), file("2", "b"), file("2", "x")},
     {applied("1", "a")},
     {},
     "history: migrations/1_a.lua is not what was applied at 2026-11-20T06:48:42.123Z; migrations/2_b.lua and "
     "migrations/2_x.lua have the same version"},
};

INSTANTIATE_TEST_SUITE_P(all, PlanUp, testing::ValuesIn(kUpCases));

struct DownAsked {
  const char* to = "";
  int count = 1;
};

struct DownCase {
  const char* what;
  Source source;
  Entries history;
  DownAsked asked;
  std::string expected;
};

class PlanDown : public testing::TestWithParam<DownCase> {};

TEST_P(PlanDown, reverts_the_highest_first) {
  const DownCase& c = GetParam();
  EXPECT_EQ(outcome([&] { return plan_down(c.source, c.history, {c.asked.to, c.asked.count}); }), c.expected) << c.what;
}

const Entries kThreeApplied = {applied("1", "a"), applied("2", "b"), applied("10", "c")};

const DownCase kDownCases[] = {
    {"one by default", kThree, kThreeApplied, {}, "down 10"},
    {"two", kThree, kThreeApplied, {"", 2}, "down 10, down 2"},
    {"more than there are", kThree, kThreeApplied, {"", 9}, "down 10, down 2, down 1"},
    {"nothing applied", kThree, {}, {}, ""},
    {"to a version, which stays", kThree, kThreeApplied, {"2"}, "down 10"},
    {"to a name", kThree, kThreeApplied, {"a"}, "down 10, down 2"},
    {"to a version that is pending", kThree, {applied("1", "a"), applied("10", "c")}, {"2"}, "down 10"},
    {"to the current version", kThree, kThreeApplied, {"10"}, ""},
    {"everything", kThree, kThreeApplied, {"0"}, "down 10, down 2, down 1"},
    {"to an unknown version", kThree, kThreeApplied, {"7"}, "usage: no migration is called \"7\""},
    {"a file that is gone", {file("1", "a")}, {applied("1", "a"), applied("2", "b")}, {}, "down 2 (stored)"},
    {"pending ones are passed over", kThree, {applied("1", "a")}, {}, "down 1"},
    {"failed going up",
     kThree,
     {applied("1", "a"), failed("2", "b")},
     {},
     "history: 2 b stopped half-way up and cannot be reverted as it is"},
    {"interrupted going up",
     kThree,
     {applied("1", "a"), interrupted("2", "b")},
     {"0"},
     "history: 2 b stopped half-way up and cannot be reverted as it is"},
    {"below the target it does not matter", kThree, {failed("1", "a"), applied("2", "b")}, {"", 1}, "down 2"},
    {"failed going down is tried again", kThree, {applied("1", "a"), failed("2", "b", Direction::kDown)}, {}, "down 2"},
    {"interrupted going down is taken on", kThree, {interrupted("2", "b", Direction::kDown)}, {}, "down 2"},
    {"running elsewhere",
     kThree,
     {running("2", "b", Direction::kDown)},
     {},
     "lock: 2 b is running (down) since 2026-11-20T06:48:42.123Z: run 20261120T064842-3f9a1c, ann on box"},
};

INSTANTIATE_TEST_SUITE_P(all, PlanDown, testing::ValuesIn(kDownCases));

TEST(Plan, hash_is_over_direction_version_and_checksum) {
  EXPECT_EQ(up({file("1", "a", "x"), file("2", "b", "y")}, {}, {}).hash, sha256_hex("up 1 x\nup 2 y\n"));
  EXPECT_EQ(plan_down({file("1", "a", "x")}, {applied("1", "a", "x")}, {}).hash, sha256_hex("down 1 x\n"));
  EXPECT_EQ(up({}, {}, {}).hash, sha256_hex(""));
}

TEST(Plan, names_the_version_as_the_history_does_and_the_file_as_it_is) {
  Plan plan = plan_down({file("0001", "new_name", "x")}, {applied("1", "old_name", "old")}, {});
  ASSERT_EQ(plan.steps.size(), 1u);
  EXPECT_EQ(plan.steps[0].version, "1");
  EXPECT_EQ(plan.steps[0].name, "new_name");
  EXPECT_EQ(plan.steps[0].checksum, "x");
  EXPECT_EQ(plan.steps[0].source->path, "migrations/0001_new_name.lua");
}

TEST(Plan, of_a_step_whose_file_is_gone_has_the_recorded_checksum) {
  EXPECT_EQ(plan_down({}, {applied("1", "a", "old")}, {}).steps.at(0).checksum, "old");
}

TEST(Plan, a_refusal_names_every_way_out_once) {
  try {
    up({file("1", "a"), file("2", "b"), file("3", "c")}, {applied("3", "c")}, {});
    FAIL() << "not refused";
  } catch (const Error& error) {
    EXPECT_EQ(error.next, (std::vector<std::string>{
                              "tide up --allow-out-of-order", "or give the file a version above it",
                              "tide resolve 1 --applied --reason TEXT   (when the database has it already)",
                              "tide resolve 2 --applied --reason TEXT   (when the database has it already)"}));
  }
}

TEST(Pending, is_what_up_would_take) {
  Source pending = pending_of(kThree, {applied("1", "a"), interrupted("2", "b")});
  ASSERT_EQ(pending.size(), 2u);
  EXPECT_EQ(pending[0].version, "2");
  EXPECT_EQ(current_version({applied("1", "a"), failed("2", "b")}), "1");
  EXPECT_EQ(current_version({}), "");
}

TEST(Version, compares_as_a_number_of_any_length) {
  struct Case {
    const char* a;
    const char* b;
    int sign;
  };
  for (const Case& c : {Case{"9", "10", -1}, Case{"0009", "9", 0}, Case{"0", "00", 0}, Case{"2", "1", 1},
                        Case{"99999999999999999999", "100000000000000000000", -1}}) {
    int order = compare_versions(c.a, c.b);
    EXPECT_EQ((order > 0) - (order < 0), c.sign) << c.a << " " << c.b;
  }
  EXPECT_TRUE(version_before("01", "1"));
  EXPECT_FALSE(version_before("1", "1"));
}

TEST(Version, is_found_by_what_people_write) {
  std::vector<VersionName> known = {{"1", "init"},
                                    {"20250101000000", "create_users"},
                                    {"20250102000000", "create_orders"},
                                    {"20260101000000", "init"},
                                    {"0007", "seven"}};
  struct Case {
    const char* query;
    const char* expected;
  };
  for (const Case& c :
       {Case{"1", "1"}, Case{"20250101000000", "20250101000000"}, Case{"20250102", "20250102000000"},
        Case{"create_users", "20250101000000"}, Case{"20250101000000_create_users", "20250101000000"},
        Case{"migrations/20250101000000_create_users.lua", "20250101000000"}, Case{"7", "0007"}, Case{"007", "0007"},
        Case{"2025", "\"2025\" could be 20250101000000 create_users, 20250102000000 create_orders"},
        Case{"init", "\"init\" could be 1 init, 20260101000000 init"},
        Case{"create_user", "no migration is called \"create_user\"; did you mean 20250101000000 create_users?"},
        Case{"20250101000001", "no migration is called \"20250101000001\"; did you mean 20250101000000 create_users?"},
        Case{"quite_another_thing", "no migration is called \"quite_another_thing\""},
        Case{"", "no migration is called \"\""}}) {
    std::string found;
    try {
      found = resolve_version(c.query, known);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind, ErrorKind::kUsage);
      found = error.message;
    }
    EXPECT_EQ(found, c.expected) << c.query;
  }
  EXPECT_THROW(resolve_version("1", {}), Error);
}

}  // namespace
}  // namespace tide
