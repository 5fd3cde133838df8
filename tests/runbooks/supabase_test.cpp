#include <algorithm>

#include "runbooks/supabase_app.h"

namespace tide::test {
namespace {

// The step that applies, and those behind it, with nothing of the backups: quick.
const Args kQuick = {"--skip-tags", "backup"};

class RunbookSupabaseTest : public SharedApp<SupabaseApp> {
 protected:
  static void SetUpTestSuite() { shared_ = std::make_unique<SupabaseApp>(); }
  void SetUp() override { app().reset(); }

  static Outcome run(const Args& more = {}, const Env& env = {}) {
    const Args quick = {"--set", "api=" + app().url(), "--set", "watch=1s", "--set", "every=1s"};
    return app().run("supabase_baseline", with(quick, more), env);
  }
  static Outcome roll_back(const Args& more) { return app().run("supabase_emergency_rollback", more); }
  // That a dry run passes.
  static std::vector<std::string> points(const std::vector<std::string>& kinds) {
    return points_of(run({"--dry-run"}), kinds);
  }

  static std::string history() {
    return app().sql("SELECT string_agg(version, ' ' ORDER BY version) FROM supabase_migrations.schema_migrations");
  }
  static std::string policies() { return app().sql("SELECT count(*) FROM pg_policies WHERE schemaname = 'public'"); }

  static void expect_done() {
    EXPECT_EQ(history(), "20250906200000");
    EXPECT_EQ(policies(), "11");
    EXPECT_EQ(app().sql("SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND connamespace = "
                        "'public'::regnamespace AND convalidated"),
              "6");
    EXPECT_EQ(app().sql("SELECT count(*) FROM objects"), "500");
    EXPECT_FALSE(app().in_maintenance());
  }
  static void expect_as_before(const std::string& before) {
    EXPECT_EQ(app().database_state(), before);
    EXPECT_FALSE(app().in_maintenance());
  }
  // The preflight says all at once, and nothing has changed.
  static void expect_obstacles(const Outcome& outcome, const std::string& before,
                               const std::vector<std::string>& found) {
    expect_refused(outcome, found);
    EXPECT_EQ(app().database_state(), before);
    EXPECT_EQ(app().maintenance_log(), "");
  }
  static int backups() {
    return static_cast<int>(parse_json(app().tide({"backup", "list", "--json"}).out).at("backups").size());
  }
};

TEST_F(RunbookSupabaseTest, GoesFromTheBackupsToTheReport) {
  const std::string rows = app().database_state().substr(app().database_state().find("\npublic.accounts "));
  const Outcome outcome = run();
  ASSERT_TRUE(exits(outcome, 0));
  expect_done();
  EXPECT_EQ(app().maintenance_log(), "on off ");
  EXPECT_EQ(backups(), 9);
  const std::string after = app().database_state();
  EXPECT_TRUE(contains(after, rows.substr(0, rows.find("supabase_migrations."))));
  const Outcome report = app().tide({"report", "last"});
  for (const char* part : {"Restore schema and rows, and rehearse the baseline on them", "Ada", "rows that came back",
                           "each role sees and does what it may", "24 hours: watch all systems closely"}) {
    EXPECT_TRUE(contains(report.out, part));
  }
  EXPECT_TRUE(exits(app().tide({"report", "last", "--verify"}), 0));
  for (const char* secret : {"sbp-token", "x1y2z3"}) EXPECT_TRUE(lacks(outcome.all() + report.all(), secret));
  for (const char* part : {" begins on production: ", " is done on production: "}) {
    EXPECT_TRUE(contains(app().told(), part));
  }
  EXPECT_TRUE(contains(app().tide({"backup", "list"}).out, "restored"));
}

TEST_F(RunbookSupabaseTest, ADryRunWalksItAndChangesNothing) {
  const std::string before = app().database_state();
  const Outcome outcome = run({"--dry-run"});
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(contains(outcome.err, "migrate: up 20250906200000 consolidated_baseline  (dry run, not done)"));
  EXPECT_TRUE(lacks(outcome.err, "in this dry run it fails"));
  EXPECT_EQ(app().maintenance_log(), "");
  EXPECT_EQ(backups(), 0);
  expect_as_before(before);
}

TEST_F(RunbookSupabaseTest, ARunThatIsDoneCanBeRevertedAndKeepsWhatWasWrittenSince) {
  const std::string before = app().database_state();
  const Outcome done = run(kQuick);
  ASSERT_TRUE(exits(done, 0));
  const Outcome again = run();
  EXPECT_TRUE(exits(again, 6));
  EXPECT_TRUE(contains(again.err, "1 migrations are pending: 0 are"));
  app().sql("INSERT INTO chakai (id, title, event_date) VALUES (md5('new')::uuid, 'New', '2026-01-01')");
  const Outcome reverted = run({"--revert", done.out.substr(0, done.out.find('\n'))});
  EXPECT_TRUE(exits(reverted, 0));
  EXPECT_EQ(app().maintenance_log(), "on off on off ");  // the schema is not taken back under users
  EXPECT_EQ(app().sql("DELETE FROM chakai WHERE id = md5('new')::uuid RETURNING title"), "New");
  expect_as_before(before);
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
    app().sql(sql);
  }
  const std::string before = app().database_state();
  expect_obstacles(run(), before,
                   {"1 rows would break media_object_id_fkey", "1 rows would break objects_local_class_id_fkey",
                    "1 rows would break objects_token_key", "1 rows would break chakai_visibility_check",
                    "table objects: column title", "column legacy",
                    "nothing newer than the baseline, and not the baseline itself: 20251001000000"});
}

TEST_F(RunbookSupabaseTest, PreflightFindsWhatIsWrongAroundIt) {
  const std::string before = app().database_state();
  app().supabase(R"({"projects": [{"id": "abcdefghijklmnopqrst", "status": "RESTORING"}]})");
  app().project().write("supabase/migrations/20250110090000_accounts.sql", "SELECT 1");
  app().set_state("broken", "/api/health 500\n");
  app().set_state("token", "another");
  const Outcome outcome = run({}, {{"TEST_DATABASE_URL", app().project().url()}});
  expect_obstacles(outcome, before,
                   {"it is RESTORING", "the git tree is clean: it has changes",
                    "the baseline is the only file in supabase/migrations: 20250110090000_accounts.sql",
                    "/api/health answers 200: it answers 500", "maintenance mode can be reached, and is off",
                    "the database's log can be read", "test_url is the production database"});
}

TEST_F(RunbookSupabaseTest, PreflightFindsTheWrongProjectAndTheWrongDatabase) {
  const std::string before = app().database_state();
  app().supabase("{\"url\": \"" + app().server_url() + "\"}");
  expect_obstacles(run(), before, {"the CLI and the environment's URL mean the same database"});
  app().supabase("{\"projects\": [{\"id\": \"zyxwvutsrqponmlkjihg\", \"status\": \"ACTIVE_HEALTHY\"}]}");
  app().project().remove("supabase/.temp");
  app().project().remove("supabase/consolidated_schema.json");
  expect_obstacles(run(), before,
                   {"the access token sees no project abcdefghijklmnopqrst: it sees zyxwvutsrqponmlkjihg",
                    "supabase link", "the file supabase/consolidated_schema.json is there"});
}

TEST_F(RunbookSupabaseTest, PreflightFindsARoleThatMayTooLittle) {
  app().sql("DROP ROLE IF EXISTS small_role");
  app().sql("CREATE ROLE small_role LOGIN");
  app().sql("GRANT USAGE ON SCHEMA supabase_migrations TO small_role");
  app().sql("GRANT SELECT ON ALL TABLES IN SCHEMA public, supabase_migrations TO small_role");
  const std::string before = app().database_state();
  std::string url = app().project().url();
  url.replace(url.find("postgres@"), 8, "small_role");
  const Outcome outcome = run({}, {{"DATABASE_URL", url}, {"TEST_DATABASE_URL", url}});
  expect_obstacles(outcome, before,
                   {"the role may CREATE: it may not", "the role may OWNER on objects: it does not own it",
                    "the role sees every row (BYPASSRLS)", "test_url is the production database"});
  app().sql("DROP OWNED BY small_role");
  app().sql("DROP ROLE small_role");
}

TEST_F(RunbookSupabaseTest, PreflightFindsThatACommandIsMissingAndThatMaintenanceIsOnAlready) {
  const std::string before = app().database_state();
  app().set_state("maintenance", "");
  const Outcome outcome = run({}, {{"PATH", "/usr/bin:/bin"}});
  expect_obstacles(outcome, before,
                   {"supabase >= 2 is installed: there is no supabase on the PATH",
                    "/api/health answers 200: it answers 503", "it is on already: who has turned it on?"});
}

TEST_F(RunbookSupabaseTest, TheExpectedSchemaIsWhatTheBaselineMakesOnAnEmptyDatabase) {
  const Env env = {{"DATABASE_URL", app().empty_database()}};
  ASSERT_TRUE(exits(app().tide({"up"}, env), 0));
  app().project().write("scripts/differences.lua", "return #require('checks').differences(db)");
  EXPECT_EQ(app().tide({"run", "differences"}, env).out, "0\n");
  EXPECT_TRUE(exits(app().tide({"down"}, env), 0));
  app().project().write("scripts/tables.lua", "return next(require('checks').schema_of(db).tables) == nil");
  EXPECT_EQ(app().tide({"run", "tables"}, env).out, "true\n");
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
  const auto contents = [] { return app().sql("SELECT md5(string_agg(t::text, ',' ORDER BY id)) FROM objects t"); };
  const std::string before = contents();
  std::vector<std::string> chosen = points({"when", "end"});
  chosen.erase(std::remove_if(chosen.begin(), chosen.end(), [](const auto& point) { return !is_worth_a_kill(point); }),
               chosen.end());
  ASSERT_GT(chosen.size(), 25U);
  chosen.insert(std::find(chosen.begin(), chosen.end(), "2.9 end"), "mid rehearsal");
  chosen.insert(std::find(chosen.begin(), chosen.end(), "3.6 end"), "mid migration");
  app().kill_at_each(chosen, [](const Args& how) { return run(how); });
  expect_done();
  EXPECT_EQ(backups(), 9);
  EXPECT_EQ(contents(), before);
  EXPECT_TRUE(exits(app().tide({"report", "last", "--verify"}), 0));
}

// Each step that does something, from the beginning of the migration on.
TEST_F(RunbookSupabaseTest, FailingAtAnyStepItIsRevertedAndNothingIsLeft) {
  const std::string before = app().database_state();
  std::vector<std::string> chosen = {"mid migration"};
  for (const std::string& point : points({"end"})) {
    if (point > "3" && point != "3.5 end") chosen.push_back(point);  // 3.5 is a backup, which is left out
  }
  ASSERT_GT(chosen.size(), 10U);
  for (const std::string& point : chosen) {
    app().strike(point, true);
    const Outcome outcome = run(with(kQuick, {"--on-failure", "revert"}));
    EXPECT_TRUE(exits(outcome, 1)) << point;
    EXPECT_TRUE(contains(outcome.err, "struck at " + point));
    expect_as_before(before);
    if (HasFailure()) return;
  }
}

TEST_F(RunbookSupabaseTest, WhatTheCheckOfTheSchemaFindsIsTakenBack) {
  const std::string before = app().database_state();
  const std::string file = "supabase/consolidated_schema.json";
  std::string expected = app().project().read(file);
  expected.replace(expected.find("media_object_id_idx"), 19, "media_object_id_idy");
  app().project().write(file, expected);
  app().commit("edited");
  const Outcome outcome = run(with(kQuick, {"--on-failure", "revert"}));
  EXPECT_TRUE(exits(outcome, 4));
  EXPECT_TRUE(contains(outcome.err, "no difference from the consolidated schema"));
  EXPECT_EQ(app().maintenance_log(), "on off ");
  expect_as_before(before);
}

TEST_F(RunbookSupabaseTest, AnErrorInTheDatabasesLogStopsItAndMaintenanceIsOff) {
  app().set_state("logs.json",
                  R"([{"source": "postgres_logs", "timestamp": "now", "event_message": "canceling statement"}])");
  const Outcome outcome = run(kQuick);
  EXPECT_TRUE(exits(outcome, 4));
  EXPECT_TRUE(contains(outcome.err, "no error since T-0: now canceling statement"));
  EXPECT_TRUE(contains(app().told(), "The database's log has no error failed: no error since T-0"));
  EXPECT_FALSE(app().in_maintenance());
  app().set_state("logs.json", "[]");
  EXPECT_TRUE(exits(run({"--resume", "last", "--skip-tags", "backup"}), 0));
  expect_done();
  EXPECT_EQ(app().maintenance_log(), "on off on off ");
}

TEST_F(RunbookSupabaseTest, AnApplicationThatDoesNotAnswerStopsItBehindTheMigration) {
  app().set_state("broken", "/api/objects 500\n");
  EXPECT_TRUE(exits(run(kQuick), 4));
  EXPECT_FALSE(app().in_maintenance());
  app().set_state("broken", "");
  EXPECT_TRUE(exits(run({"--resume", "last", "--skip-tags", "backup"}), 0));
  expect_done();
}

TEST_F(RunbookSupabaseTest, TheEmergencyRollbackDeploysTheEarlierApplicationOnTheNewSchema) {
  ASSERT_TRUE(exits(run(kQuick), 0));
  const Outcome outcome = roll_back({"--set", "mode=application", "--set", "release=HEAD"});
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_EQ(app().project().read("deployed"), "HEAD\n");
  expect_done();
  EXPECT_TRUE(
      contains(roll_back({"--set", "mode=application", "--set", "release=nothing"}).err, "git does not know nothing"));
}

TEST_F(RunbookSupabaseTest, TheEmergencyRollbackRestoresABackupAndKeepsWhatWasThere) {
  const std::string before = app().database_state();
  ASSERT_TRUE(exits(app().tide({"backup", "create", "before"}), 0));
  ASSERT_TRUE(exits(run(kQuick), 0));
  const Outcome outcome = roll_back({"--set", "mode=backup", "--set", "backup=before"});
  EXPECT_TRUE(exits(outcome, 0));
  expect_as_before(before);
  EXPECT_EQ(backups(), 2);
  const std::string kept =
      app().sql("SELECT datname FROM pg_database WHERE datname LIKE '" + app().database() + "\\_before\\_%'");
  EXPECT_NE(kept, "");
  app().sql("DROP DATABASE \"" + kept + "\"");
}

TEST_F(RunbookSupabaseTest, TheEmergencyRollbackAsksSupabaseForAMoment) {
  const Args args = {"--set", "mode=point_in_time", "--set", "at=2026-01-02T03:04:05Z"};
  const Outcome refused = roll_back(args);
  EXPECT_TRUE(exits(refused, 6));
  EXPECT_TRUE(contains(refused.err, "PITR is not enabled for it"));
  app().supabase(R"({"pitr": true})");
  EXPECT_TRUE(exits(roll_back(args), 0));
  EXPECT_TRUE(contains(app().project().read(".standins/supabase.json"), "\"restored\": 1767323045"));
  EXPECT_EQ(app().maintenance_log(), "on off ");
}

}  // namespace
}  // namespace tide::test
