#include <algorithm>
#include <csignal>

#include "runbooks/supabase_project.h"

namespace tide::test {
namespace {

constexpr const char* kRunbook = "supabase_baseline";

// The step that applies, and those behind it, with nothing of the backups: quick.
const Args kQuick = {"--skip-tags", "backup"};

class RunbookSupabaseTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { shared_ = new SupabaseProject; }
  static void TearDownTestSuite() {
    delete shared_;
    shared_ = nullptr;
  }
  void SetUp() override { project().reset(); }

  static SupabaseProject& project() { return *shared_; }
  static Outcome run(Args more = {}) { return project().run(kRunbook, std::move(more)); }

  static std::string history() {
    return project().sql("SELECT string_agg(version, ' ' ORDER BY version) FROM supabase_migrations.schema_migrations");
  }
  static std::string policies() {
    return project().sql("SELECT count(*) FROM pg_policies WHERE schemaname = 'public'");
  }

  static void expect_done() {
    EXPECT_EQ(history(), "20250906200000");
    EXPECT_EQ(policies(), "11");
    EXPECT_EQ(project().sql("SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND connamespace = "
                            "'public'::regnamespace AND convalidated"),
              "6");
    EXPECT_EQ(project().sql("SELECT count(*) FROM objects"), "500");
    EXPECT_FALSE(project().in_maintenance());
  }
  static void expect_as_before(const std::string& before) {
    EXPECT_EQ(project().database_state(), before);
    EXPECT_FALSE(project().in_maintenance());
  }
  static int backups() {
    return static_cast<int>(parse_json(project().tide({"backup", "list", "--json"}).out).at("backups").size());
  }

 private:
  static SupabaseProject* shared_;
};
SupabaseProject* RunbookSupabaseTest::shared_ = nullptr;

TEST_F(RunbookSupabaseTest, GoesFromTheBackupsToTheReport) {
  const std::string rows = project().database_state().substr(project().database_state().find("\npublic.accounts "));
  const Outcome outcome = run();
  ASSERT_TRUE(exits(outcome, 0));
  expect_done();
  EXPECT_EQ(project().maintenance_log(), "on off ");
  EXPECT_EQ(backups(), 9);
  const std::string after = project().database_state();
  EXPECT_TRUE(contains(after, rows.substr(0, rows.find("supabase_migrations."))));
  const Outcome report = project().tide({"report", "last"});
  for (const char* part : {"Restore schema and rows, and rehearse the baseline on them", "Ada", "rows that came back",
                           "each role sees and does what it may", "24 hours: watch all systems closely"}) {
    EXPECT_TRUE(contains(report.out, part));
  }
  EXPECT_TRUE(exits(project().tide({"report", "last", "--verify"}), 0));
  for (const char* secret : {"sbp-token", "x1y2z3"}) EXPECT_TRUE(lacks(outcome.all() + report.all(), secret));
  for (const char* part : {" begins on production: ", " is done on production: "}) {
    EXPECT_TRUE(contains(project().told(), part));
  }
  EXPECT_TRUE(contains(project().tide({"backup", "list"}).out, "restored"));
}

TEST_F(RunbookSupabaseTest, ADryRunWalksItAndChangesNothing) {
  const std::string before = project().database_state();
  const Outcome outcome = run({"--dry-run"});
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(contains(outcome.err, "migrate: up 20250906200000 consolidated_baseline  (dry run, not done)"));
  EXPECT_TRUE(lacks(outcome.err, "in this dry run it fails"));
  EXPECT_EQ(project().maintenance_log(), "");
  EXPECT_EQ(backups(), 0);
  expect_as_before(before);
}

TEST_F(RunbookSupabaseTest, ARunThatIsDoneCanBeRevertedAndKeepsWhatWasWrittenSince) {
  const std::string before = project().database_state();
  const Outcome done = run(kQuick);
  ASSERT_TRUE(exits(done, 0));
  const Outcome again = run();
  EXPECT_TRUE(exits(again, 6));
  EXPECT_TRUE(contains(again.err, "1 migrations are pending: 0 are"));
  project().sql("INSERT INTO chakai (id, title, event_date) VALUES (md5('new')::uuid, 'New', '2026-01-01')");
  const Outcome reverted = run({"--revert", done.out.substr(0, done.out.find('\n'))});
  EXPECT_TRUE(exits(reverted, 0));
  EXPECT_EQ(project().maintenance_log(), "on off on off ");  // the schema is not taken back under users
  EXPECT_EQ(project().sql("DELETE FROM chakai WHERE id = md5('new')::uuid RETURNING title"), "New");
  expect_as_before(before);
}

// The preflight says all at once, and nothing has changed.
void expect_obstacles(const SupabaseProject& project, const Outcome& outcome, const std::string& before,
                      const std::vector<std::string>& found) {
  EXPECT_TRUE(exits(outcome, 6));
  for (const std::string& part : found) EXPECT_TRUE(contains(outcome.err, part));
  EXPECT_EQ(project.database_state(), before);
  EXPECT_EQ(project.maintenance_log(), "");
}

TEST_F(RunbookSupabaseTest, PreflightFindsWhatIsWrongInTheDatabase) {
  for (const char* sql : {
           "INSERT INTO media (object_id, uri) VALUES (md5('nobody')::uuid, 'x')",
           "INSERT INTO objects (token, title, local_class_id) VALUES ('T1', 'twice', md5('no class')::uuid)",
           "UPDATE chakai SET visibility = 'secret' WHERE id = md5('chakai1')::uuid",
           "ALTER TABLE objects ALTER COLUMN title TYPE varchar(100)",
           "ALTER TABLE accounts ADD COLUMN legacy text",
           "INSERT INTO supabase_migrations.schema_migrations (version) VALUES ('20251001000000')",
       }) {
    project().sql(sql);
  }
  const std::string before = project().database_state();
  expect_obstacles(project(), run(), before,
                   {"1 rows would break media_object_id_fkey", "1 rows would break objects_local_class_id_fkey",
                    "1 rows would break objects_token_key", "1 rows would break chakai_visibility_check",
                    "table objects: column title", "column legacy",
                    "nothing newer than the baseline, and not the baseline itself: 20251001000000"});
}

TEST_F(RunbookSupabaseTest, PreflightFindsWhatIsWrongAroundIt) {
  const std::string before = project().database_state();
  project().supabase(R"({"projects": [{"id": "abcdefghijklmnopqrst", "status": "RESTORING"}]})");
  project().files().write("supabase/migrations/20250110090000_accounts.sql", "SELECT 1");
  project().app("broken", "/api/health 500\n");
  project().app("token", "another");
  const Outcome outcome = project().run(kRunbook, {}, {{"TEST_DATABASE_URL", project().url()}});
  expect_obstacles(project(), outcome, before,
                   {"it is RESTORING", "the git tree is clean: it has changes",
                    "the baseline is the only file in supabase/migrations: 20250110090000_accounts.sql",
                    "/api/health answers 200: it answers 500", "maintenance mode can be reached, and is off",
                    "the database's log can be read", "test_url is the production database"});
}

TEST_F(RunbookSupabaseTest, PreflightFindsTheWrongProjectAndTheWrongDatabase) {
  const std::string before = project().database_state();
  project().supabase("{\"url\": \"" + project().server_url() + "\"}");
  expect_obstacles(project(), run(), before, {"the CLI and the environment's URL mean the same database"});
  project().supabase("{\"projects\": [{\"id\": \"zyxwvutsrqponmlkjihg\", \"status\": \"ACTIVE_HEALTHY\"}]}");
  project().files().remove("supabase/.temp");
  project().files().remove("supabase/consolidated_schema.json");
  expect_obstacles(project(), run(), before,
                   {"the access token sees no project abcdefghijklmnopqrst: it sees zyxwvutsrqponmlkjihg",
                    "supabase link", "the file supabase/consolidated_schema.json is there"});
}

TEST_F(RunbookSupabaseTest, PreflightFindsARoleThatMayTooLittle) {
  project().sql("DROP ROLE IF EXISTS small_role");
  project().sql("CREATE ROLE small_role LOGIN");
  project().sql("GRANT USAGE ON SCHEMA supabase_migrations TO small_role");
  project().sql("GRANT SELECT ON ALL TABLES IN SCHEMA public, supabase_migrations TO small_role");
  const std::string before = project().database_state();
  std::string url = project().url();
  url.replace(url.find("postgres@"), 8, "small_role");
  const Outcome outcome = project().run(kRunbook, {}, {{"DATABASE_URL", url}, {"TEST_DATABASE_URL", url}});
  expect_obstacles(project(), outcome, before,
                   {"the role may CREATE: it may not", "the role may OWNER on objects: it does not own it",
                    "the role sees every row (BYPASSRLS)", "test_url is the production database"});
  project().sql("DROP OWNED BY small_role");
  project().sql("DROP ROLE small_role");
}

TEST_F(RunbookSupabaseTest, PreflightFindsThatACommandIsMissingAndThatMaintenanceIsOnAlready) {
  const std::string before = project().database_state();
  project().app("maintenance", "");
  const Outcome outcome = project().run(kRunbook, {}, {{"PATH", "/usr/bin:/bin"}});
  expect_obstacles(project(), outcome, before,
                   {"supabase >= 2 is installed: there is no supabase on the PATH",
                    "/api/health answers 200: it answers 503", "it is on already: who has turned it on?"});
}

TEST_F(RunbookSupabaseTest, TheExpectedSchemaIsWhatTheBaselineMakesOnAnEmptyDatabase) {
  const Env env = {{"DATABASE_URL", project().empty_database()}};
  ASSERT_TRUE(exits(project().tide({"up"}, env), 0));
  project().files().write("scripts/differences.lua", "return #require('checks').differences(db)");
  EXPECT_EQ(project().tide({"run", "differences"}, env).out, "0\n");
  EXPECT_TRUE(exits(project().tide({"down"}, env), 0));
  project().files().write("scripts/tables.lua", "return next(require('checks').schema_of(db).tables) == nil");
  EXPECT_EQ(project().tide({"run", "tables"}, env).out, "true\n");
}

TEST_F(RunbookSupabaseTest, InputsThatAreNoneAreRefused) {
  const Outcome outcome = run({"--set", "project_ref=prod"});
  EXPECT_TRUE(exits(outcome, 2));
  EXPECT_TRUE(contains(outcome.err, "prod does not match"));
  EXPECT_TRUE(exits(run({"--set", "watch=soon"}), 2));
}

// Of the steps that do something; those that ask a person, and those that only look, begin nothing.
bool is_worth_a_kill(const std::string& point) {
  return point.find(" end") != std::string::npos || point.rfind("3.", 0) == 0 || point == "2.9 when" ||
         point == "5.1 when";
}

// One run, killed when each step has done its work, before each step of the migration begins, and in the middle of the
// two that take longest; and resumed each time.
TEST_F(RunbookSupabaseTest, KilledAnywhereItIsResumedAndDoesNothingTwice) {
  const auto contents = [] { return project().sql("SELECT md5(string_agg(t::text, ',' ORDER BY id)) FROM objects t"); };
  const std::string before = contents();
  std::vector<std::string> points = project().points();
  points.erase(std::remove_if(points.begin(), points.end(), [](const auto& point) { return !is_worth_a_kill(point); }),
               points.end());
  ASSERT_GT(points.size(), 25U);
  points.insert(std::find(points.begin(), points.end(), "2.9 end"), "mid rehearsal");
  points.insert(std::find(points.begin(), points.end(), "3.6 end"), "mid migration");
  Args more;
  for (const std::string& point : points) {
    project().strike(point);
    EXPECT_EQ(project().run("struck", more).signal, SIGKILL) << point;
    ASSERT_FALSE(project().files().has("strike")) << point;
    more = {"--resume", "last"};
  }
  EXPECT_TRUE(exits(project().run("struck", more), 0));
  expect_done();
  EXPECT_EQ(backups(), 9);
  EXPECT_EQ(contents(), before);
  EXPECT_TRUE(exits(project().tide({"report", "last", "--verify"}), 0));
}

// Each step that does something, from the beginning of the migration on.
TEST_F(RunbookSupabaseTest, FailingAtAnyStepItIsRevertedAndNothingIsLeft) {
  const std::string before = project().database_state();
  std::vector<std::string> points = {"mid migration"};
  for (const std::string& point : project().points()) {
    if (point.find(" end") != std::string::npos && point > "3" && point != "3.5 end") points.push_back(point);
  }
  ASSERT_GT(points.size(), 10U);
  Args args = kQuick;
  args.insert(args.end(), {"--on-failure", "revert"});
  for (const std::string& point : points) {
    project().strike(point, true);
    const Outcome outcome = project().run("struck", args);
    EXPECT_TRUE(exits(outcome, 1)) << point;
    EXPECT_TRUE(contains(outcome.err, "struck at " + point));
    expect_as_before(before);
    if (HasFailure()) return;
  }
}

TEST_F(RunbookSupabaseTest, WhatTheCheckOfTheSchemaFindsIsTakenBack) {
  const std::string before = project().database_state();
  const std::string file = "supabase/consolidated_schema.json";
  std::string expected = project().files().read(file);
  expected.replace(expected.find("media_object_id_idx"), 19, "media_object_id_idy");
  project().files().write(file, expected);
  Args args = kQuick;
  args.insert(args.end(), {"--on-failure", "revert", "--skip-tags", "backup"});
  Command commit{{"git", "-c", "user.name=t", "-c", "user.email=t@t.test", "commit", "-qam", "edited"}};
  commit.directory = project().files().path();
  ASSERT_TRUE(exits(test::run(commit), 0));
  const Outcome outcome = run(args);
  EXPECT_TRUE(exits(outcome, 4));
  EXPECT_TRUE(contains(outcome.err, "no difference from the consolidated schema"));
  EXPECT_EQ(project().maintenance_log(), "on off ");
  expect_as_before(before);
}

TEST_F(RunbookSupabaseTest, AnErrorInTheDatabasesLogStopsItAndMaintenanceIsOff) {
  project().app("logs.json",
                R"([{"source": "postgres_logs", "timestamp": "now", "event_message": "canceling statement"}])");
  const Outcome outcome = run(kQuick);
  EXPECT_TRUE(exits(outcome, 4));
  EXPECT_TRUE(contains(outcome.err, "no error since T-0: now canceling statement"));
  EXPECT_TRUE(contains(project().told(), "The database's log has no error failed: no error since T-0"));
  EXPECT_FALSE(project().in_maintenance());
  project().app("logs.json", "[]");
  EXPECT_TRUE(exits(run({"--resume", "last", "--skip-tags", "backup"}), 0));
  expect_done();
  EXPECT_EQ(project().maintenance_log(), "on off on off ");
}

TEST_F(RunbookSupabaseTest, AnApplicationThatDoesNotAnswerStopsItBehindTheMigration) {
  project().app("broken", "/api/objects 500\n");
  EXPECT_TRUE(exits(run(kQuick), 4));
  EXPECT_FALSE(project().in_maintenance());
  project().app("broken", "");
  EXPECT_TRUE(exits(run({"--resume", "last", "--skip-tags", "backup"}), 0));
  expect_done();
}

TEST_F(RunbookSupabaseTest, TheEmergencyRollbackDeploysTheEarlierApplicationOnTheNewSchema) {
  ASSERT_TRUE(exits(run(kQuick), 0));
  const Outcome outcome =
      project().run("supabase_emergency_rollback", {"--set", "mode=application", "--set", "release=HEAD"});
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_EQ(project().files().read("deployed"), "HEAD\n");
  expect_done();
  EXPECT_TRUE(contains(
      project().run("supabase_emergency_rollback", {"--set", "mode=application", "--set", "release=nothing"}).err,
      "git does not know nothing"));
}

TEST_F(RunbookSupabaseTest, TheEmergencyRollbackRestoresABackupAndKeepsWhatWasThere) {
  const std::string before = project().database_state();
  ASSERT_TRUE(exits(project().tide({"backup", "create", "before"}), 0));
  ASSERT_TRUE(exits(run(kQuick), 0));
  const Outcome outcome =
      project().run("supabase_emergency_rollback", {"--set", "mode=backup", "--set", "backup=before"});
  EXPECT_TRUE(exits(outcome, 0));
  expect_as_before(before);
  EXPECT_EQ(backups(), 2);
  const std::string kept =
      project().sql("SELECT datname FROM pg_database WHERE datname LIKE '" + project().database() + "\\_before\\_%'");
  EXPECT_NE(kept, "");
  project().sql("DROP DATABASE \"" + kept + "\"");
}

TEST_F(RunbookSupabaseTest, TheEmergencyRollbackAsksSupabaseForAMoment) {
  const Args args = {"--set", "mode=point_in_time", "--set", "at=2026-01-02T03:04:05Z"};
  const Outcome refused = project().run("supabase_emergency_rollback", args);
  EXPECT_TRUE(exits(refused, 6));
  EXPECT_TRUE(contains(refused.err, "PITR is not enabled for it"));
  project().supabase(R"({"pitr": true})");
  EXPECT_TRUE(exits(project().run("supabase_emergency_rollback", args), 0));
  EXPECT_TRUE(contains(project().files().read(".standins/supabase.json"), "\"restored\": 1767323045"));
  EXPECT_EQ(project().maintenance_log(), "on off ");
}

}  // namespace
}  // namespace tide::test
