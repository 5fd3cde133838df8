#include "migrate/rehearsal_record.h"

#include <gtest/gtest.h>

#include "migrate/pace.h"
#include "migrate/rehearsal_store.h"
#include "support/databases.h"
#include "support/temp_dir.h"

namespace tide {
namespace {

using Down = RehearsedStep::Down;
using test::raised;

RehearsalRecord record_of(const std::string& plan, Down down = Down::kSame) {
  RehearsalRecord record;
  record.plan = plan;
  record.environment = "production";
  record.engine = "postgres";
  record.server_version = "15.18";
  record.rehearsed_at = "2026-11-20T10:00:00.000Z";
  record.filled = "backup";
  record.place = "scratch cluster";
  RehearsedStatement statement;
  statement.sql = "ALTER TABLE users ADD COLUMN \"ä\" text";
  statement.line = 3;
  statement.times = 1;
  statement.ms = 1.25;
  statement.wal_bytes = 1300;
  statement.locks = {{"public.users", "ACCESS EXCLUSIVE", 800.5, false, true}};
  RehearsedStep step{"1", "users", "c1", true, down, "", {}, {}};
  step.passes.push_back({Direction::kUp, false, 1200, {statement}});
  step.passes.push_back({Direction::kDown, false, 10, {}});
  record.steps.push_back(step);
  return record;
}

PlanStep step_of(Direction direction, const std::string& checksum = "c1") {
  return {direction, "1", "users", checksum, std::nullopt};
}

TEST(RehearsalRecord, comes_back_from_its_text_as_it_was) {
  const std::string text = dump_json(record_json(record_of("p")));
  EXPECT_EQ(dump_json(record_json(parse_record(text))), text);
}

TEST(RehearsalRecord, that_was_changed_is_none) {
  const std::string text = dump_json(record_json(record_of("p")));
  for (const auto& [from, to] : {std::pair<std::string, std::string>{"\"plan\":\"p\"", "\"plan\":\"q\""},
                                 {"\"same\"", "\"skipped\""},
                                 {"\"passed\":true", "\"passed\":false"}}) {
    std::string changed = text;
    changed.replace(changed.find(from), from.size(), to);
    EXPECT_EQ(raised([&] { parse_record(changed); }).kind, ErrorKind::kVerify) << from;
  }
  EXPECT_EQ(raised([&] { parse_record("{}"); }).kind, ErrorKind::kVerify);
  EXPECT_EQ(raised([&] { parse_record(text.substr(0, text.size() / 2)); }).kind, ErrorKind::kConfig);
}

TEST(RehearsalRecord, the_strongest_lock_is_a_tables_and_not_of_what_is_new) {
  RehearsedStatement statement;
  statement.locks = {{"public.users", "SHARE", 1, false, true},
                     {"public.users_pkey", "ACCESS EXCLUSIVE", 1, false, false},
                     {"public.fresh", "ACCESS EXCLUSIVE", 1, true, true}};
  EXPECT_EQ(strongest_lock(statement)->relation, "public.users");
  statement.locks.erase(statement.locks.begin());
  EXPECT_EQ(strongest_lock(statement)->relation, "public.users_pkey");
  statement.locks.erase(statement.locks.begin());
  EXPECT_EQ(strongest_lock(statement), nullptr);
}

TEST(RehearsalStore, keeps_records_by_environment_newest_first_and_passes_over_what_is_none) {
  const test::TempDir project;
  const RehearsalStore store(project.path());
  EXPECT_TRUE(store.load("production").empty());
  RehearsalRecord older = record_of("a");
  RehearsalRecord newer = record_of("b");
  RehearsalRecord other = record_of("c");
  newer.rehearsed_at = "2026-11-21T10:00:00.000Z";
  other.environment = "staging";
  for (const auto& record : {newer, older, other}) store.save(record);
  project.write(".tide/rehearsals/broken.json", "{");
  const auto records = store.load("production");
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].plan, "b");
  EXPECT_EQ(records[1].plan, "a");
}

TEST(ProveRehearsed, an_up_needs_the_newest_record_of_its_plan_to_have_passed) {
  const Plan plan{{step_of(Direction::kUp)}, "p"};
  EXPECT_EQ(prove_rehearsed(plan, {}).why, "there is none");
  EXPECT_EQ(prove_rehearsed(plan, {record_of("q")}).why, "those there are are of other plans");
  const RehearsalProof proof = prove_rehearsed(plan, {record_of("q"), record_of("p")});
  EXPECT_EQ(proof.why, "");
  EXPECT_EQ(proof.taken_at_ms, 1795168800000);
  RehearsalRecord failed = record_of("p");
  failed.error = std::make_shared<Error>(ErrorKind::kSql, "no");
  EXPECT_EQ(prove_rehearsed(plan, {failed, record_of("p")}).why, "the newest one, of 2026-11-20T10:00:00Z, failed");
}

TEST(ProveRehearsed, a_down_needs_each_of_its_steps_to_have_come_back) {
  const Plan down{{step_of(Direction::kDown)}, "d"};
  EXPECT_EQ(prove_rehearsed(down, {record_of("p")}).why, "");
  EXPECT_EQ(prove_rehearsed(down, {record_of("p")}).taken_at_ms, 0);
  EXPECT_EQ(prove_rehearsed(down, {record_of("p", Down::kSkipped)}).why,
            "the rehearsal of 1 users says of its `down`: skipped");
  const Plan edited{{step_of(Direction::kDown, "c2")}, "d"};
  EXPECT_EQ(prove_rehearsed(edited, {record_of("p")}).why, "1 users was not rehearsed, or from another text");
}

TEST(Estimate, is_what_the_newest_rehearsal_of_that_text_took) {
  const auto estimate = estimate_of(step_of(Direction::kUp), {record_of("p")});
  ASSERT_TRUE(estimate.has_value());
  EXPECT_EQ(estimate_text(*estimate), "rehearsed: 1.2 s, ACCESS EXCLUSIVE on public.users for 800 ms");
  EXPECT_FALSE(estimate_of(step_of(Direction::kUp, "c2"), {record_of("p")}).has_value());
  RehearsalRecord empty = record_of("p");
  empty.filled = "schema";
  EXPECT_FALSE(estimate_of(step_of(Direction::kUp), {empty})->with_rows);
}

TEST(Estimate, is_far_exceeded_after_five_times_and_a_second) {
  EXPECT_FALSE(far_beyond({10, "", 0, true}, 999));
  EXPECT_TRUE(far_beyond({10, "", 0, true}, 1001));
  EXPECT_FALSE(far_beyond({1000, "", 0, true}, 4999));
  EXPECT_TRUE(far_beyond({1000, "", 0, true}, 5001));
  EXPECT_FALSE(far_beyond({10, "", 0, false}, 100000)) << "a copy without rows says nothing";
}

}  // namespace
}  // namespace tide
