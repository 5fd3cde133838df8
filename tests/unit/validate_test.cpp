#include "migrate/validate.h"

#include <gtest/gtest.h>

#include "unit/migration_cases.h"

namespace tide {
namespace {

using test::applied;
using test::failed;
using test::file;
using test::interrupted;
using test::running;

struct Case {
  const char* what;
  std::vector<Migration> source;
  std::vector<HistoryEntry> history;
  std::vector<std::string> expected;  // "kind version [blocks]: message"
};

std::string show(const Problem& problem) {
  return cat(problem_name(problem.kind), " ", problem.version, problem.blocks ? " blocks: " : ": ", problem.message);
}

class Validate : public testing::TestWithParam<Case> {};

TEST_P(Validate, tells_what_a_person_should_know) {
  std::vector<std::string> found;
  auto tokens = [](const Migration& m) { return m.checksum == "cosmetic" ? "tokens" : "other tokens"; };
  for (const Problem& problem : validate(GetParam().source, GetParam().history, tokens)) found.push_back(show(problem));
  EXPECT_EQ(found, GetParam().expected) << GetParam().what;
}

HistoryEntry baseline(HistoryEntry entry) {
  entry.baseline = true;
  return entry;
}

const Case kCases[] = {
    {"nothing at all", {}, {}, {}},
    {"all applied", {file("1", "a"), file("2", "b")}, {applied("1", "a"), applied("2", "b")}, {}},
    {"pending above", {file("1", "a"), file("2", "b")}, {applied("1", "a")}, {}},
    {"nothing applied yet", {file("1", "a"), file("2", "b")}, {}, {}},
    {"leading zeros do not count", {file("0001", "a")}, {applied("1", "a")}, {}},
    {"missing",
     {file("2", "b")},
     {applied("1", "a"), applied("2", "b")},
     {"missing 1: 1 a is applied, but its file is gone"}},
    {"divergent",
     {file("1", "a", "new")},
     {applied("1", "a")},
     {"divergent 1 blocks: migrations/1_a.lua is not what was applied at 2026-11-20T06:48:42.123Z"}},
    {"divergent baseline",
     {file("1", "a", "new")},
     {baseline(applied("1", "a"))},
     {"divergent 1 blocks: migrations/1_a.lua is not what was recorded as applied at 2026-11-20T06:48:42.123Z"}},
    {"cosmetic",
     {file("1", "a", "cosmetic")},
     {applied("1", "a")},
     {"cosmetic 1: migrations/1_a.lua differs from what was applied in comments or white space only"}},
    {"out of order",
     {file("1", "a"), file("2", "b"), file("3", "c")},
     {applied("1", "a"), applied("3", "c")},
     {"out_of_order 2 blocks: migrations/2_b.lua is pending below the current version 3"}},
    {"below a failed one only is in order",
     {file("1", "a"), file("2", "b")},
     {failed("2", "b")},
     {"failed 2 blocks: 2 b failed half-way up: relation \"x\" exists"}},
    {"failed going down",
     {file("1", "a")},
     {failed("1", "a", Direction::kDown)},
     {"failed 1 blocks: 1 a failed half-way down: relation \"x\" exists"}},
    {"interrupted going up",
     {file("1", "a", "edited since")},
     {interrupted("1", "a")},
     {"interrupted 1: 1 a was interrupted half-way up (run 20261120T064842-3f9a1c, ann on box)"}},
    {"interrupted going down",
     {file("1", "a")},
     {interrupted("1", "a", Direction::kDown)},
     {"interrupted 1 blocks: 1 a was interrupted half-way down (run 20261120T064842-3f9a1c, ann on box)"}},
    {"interrupted and the file gone",
     {},
     {interrupted("1", "a")},
     {"interrupted 1 blocks: 1 a was interrupted half-way up (run 20261120T064842-3f9a1c, ann on box), and its file is "
      "gone"}},
    {"running is no problem", {file("1", "a")}, {running("1", "a")}, {}},
    {"duplicate",
     {file("1", "a"), file("1", "b"), file("2", "c")},
     {},
     {"duplicate 1 blocks: migrations/1_a.lua and migrations/1_b.lua have the same version"}},
    {"duplicate of an applied one",
     {file("01", "new"), file("1", "a")},
     {applied("1", "a")},
     {"duplicate 1 blocks: migrations/01_new.lua and migrations/1_a.lua have the same version, and migrations/1_a.lua "
      "is the one that was applied"}},
    {"duplicate of one that was applied under a third name",
     {file("1", "a"), file("1", "b")},
     {applied("1", "c")},
     {"duplicate 1 blocks: migrations/1_a.lua and migrations/1_b.lua have the same version",
      "renamed 1: 1 was applied as \"c\"; its file is now migrations/1_a.lua"}},
    {"a checksum of another kind",
     {file("1", "a")},
     {applied("1", "a", "md5:0cc175b9c0f1b6a831c399e269772661")},
     {"damaged 1 blocks: migrations/1_a.lua cannot be compared with what was applied: the history's checksum of it is "
      "no SHA-256: \"md5:0cc175b9c0f1b6a831c399e269772661\""}},
    {"a checksum that is gone, and tokens that are the same",
     {file("1", "a", "cosmetic")},
     {applied("1", "a", "")},
     {"damaged 1: migrations/1_a.lua says what was applied, but the history's checksum of it is no SHA-256: \"\""}},
    {"renamed",
     {file("1", "b")},
     {applied("1", "a")},
     {"renamed 1: 1 was applied as \"a\"; its file is now migrations/1_b.lua"}},
    {"several, by version",
     {file("2", "b"), file("10", "c", "new")},
     {applied("1", "a"), applied("10", "c")},
     {"missing 1: 1 a is applied, but its file is gone",
      "out_of_order 2 blocks: migrations/2_b.lua is pending below the current version 10",
      "divergent 10 blocks: migrations/10_c.lua is not what was applied at 2026-11-20T06:48:42.123Z"}},
};

INSTANTIATE_TEST_SUITE_P(all, Validate, testing::ValuesIn(kCases));

TEST(ValidateAdvice, says_what_to_do_now) {
  auto advice = [](std::vector<Migration> source, std::vector<HistoryEntry> history) {
    return validate(source, history, [](const Migration&) { return ""; }).at(0).next;
  };
  using Lines = std::vector<std::string>;
  EXPECT_EQ(advice({file("1", "a", "new")}, {applied("1", "a")}),
            (Lines{"git log -p -- migrations/1_a.lua", "put the change into a migration of its own: tide new NAME",
                   "tide resolve 1 --applied --reason TEXT   (when the file is right as it is)"}));
  EXPECT_EQ(advice({}, {applied("1", "a")}),
            (Lines{"git log --all -- '*1*'",
                   "tide resolve 1 --reverted --reason TEXT   (when the database should forget it)"}));
  EXPECT_EQ(advice({file("1", "a")}, {failed("1", "a")}),
            (Lines{"tide resolve 1 --retry --reason TEXT   (when what it did is undone, or harmless to repeat)",
                   "tide resolve 1 --applied --reason TEXT   (when it was finished by hand)",
                   "tide resolve 1 --reverted --reason TEXT   (when it was undone by hand)"}));
  EXPECT_EQ(advice({file("1", "a")}, {failed("1", "a", Direction::kDown)}),
            (Lines{"tide down   (tries again)", "tide resolve 1 --applied --reason TEXT   (when what it undid is back)",
                   "tide resolve 1 --reverted --reason TEXT   (when it was finished by hand)"}));
  EXPECT_EQ(advice({file("1", "a")}, {interrupted("1", "a")}), Lines{"tide up   (takes it on)"});
  EXPECT_EQ(advice({file("1", "a"), file("2", "b")}, {applied("2", "b")}),
            (Lines{"tide up --allow-out-of-order", "or give the file a version above it",
                   "tide resolve 1 --applied --reason TEXT   (when the database has it already)"}));
  EXPECT_EQ(advice({file("1", "b")}, {applied("1", "a")}),
            Lines{"tide resolve 1 --applied --reason TEXT   (records the file under its new name)"});
  EXPECT_EQ(advice({file("1", "a"), file("1", "b")}, {applied("1", "a")}),
            Lines{"rename migrations/1_b.lua: give it the version that `tide new NAME` would give it today"});
  EXPECT_EQ(advice({file("1", "a"), file("1", "b")}, {}),
            Lines{"rename one of them: give it the version that `tide new NAME` would give it today"});
}

TEST(Validate, reads_a_file_again_only_where_its_checksum_is_another) {
  int asked = 0;
  auto count = [&](const Migration&) {
    ++asked;
    return "tokens";
  };
  validate({file("1", "a"), file("2", "b", "new"), file("3", "c")}, {applied("1", "a"), applied("2", "b")}, count);
  EXPECT_EQ(asked, 1);
}

}  // namespace
}  // namespace tide
