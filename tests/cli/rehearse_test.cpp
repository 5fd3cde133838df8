#include <filesystem>

#include "cli/project.h"
#include "cli/scratch_root.h"
#include "support/pg_cluster.h"

namespace tide::test {
namespace {

namespace fs = std::filesystem;

class RehearseTest : public OnEngine {
 protected:
  RehearseTest() {
    project.write("migrations/1_users.lua",
                  sql_migration("CREATE TABLE users (id integer PRIMARY KEY, name text)", "DROP TABLE users"));
    EXPECT_TRUE(exits(project.tide({"up"}), 0));
    project.value("INSERT INTO users VALUES (1, 'Ann'), (2, 'Bob') RETURNING 1");
  }
  ~RehearseTest() override { EXPECT_EQ(scratch_.leftovers(), ""); }

  Args words(Args more) const {
    more.insert(more.begin(), "rehearse");
    return more;
  }
  Env env() const { return {{"TMPDIR", scratch_.path()}}; }
  Outcome rehearse(const Args& more = {}) const { return project.tide(words(more), env()); }
  Json record(const Args& more = {}) const {
    Args all = words(more);
    all.emplace_back("--json");
    const Outcome outcome = project.tide(all, env());
    SCOPED_TRACE(outcome.err);
    return parse_json(outcome.out);
  }
  void demand_rehearsal(const std::string& more = "") const {
    project.write("tide.toml", "default_env = \"dev\"\n\n[env.dev]\nurl = \"" + project.url() +
                                   "\"\ngates = [\"rehearsal\"]\n" + more);
  }
  void write_good() const {
    project.write("migrations/2_phone.lua",
                  sql_migration("ALTER TABLE users ADD COLUMN phone text", "ALTER TABLE users DROP COLUMN phone"));
  }
  // On a copy with rows: a backup, or the file.
  void provide_rows() const {
    if (!project.on_postgres()) return;
    EXPECT_TRUE(exits(project.tide({"backup", "create"}), 0));
  }

  ScratchRoot scratch_;
};
TIDE_ON_BOTH_ENGINES(RehearseTest);

TEST_P(RehearseTest, GoesUpAndDownAndUpOnACopyAndLeavesTheDatabaseAsItIs) {
  write_good();
  const Outcome outcome = rehearse();
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(contains(outcome.out, "2 phone"));
  EXPECT_TRUE(contains(outcome.out, "ALTER TABLE users ADD COLUMN phone text"));
  EXPECT_TRUE(contains(outcome.out, "down: everything is as it was, and up works again"));
  EXPECT_TRUE(contains(outcome.out, "plan hash: "));
  EXPECT_TRUE(contains(outcome.err, project.on_postgres() ? "on a scratch cluster" : "on a copied file"));
  EXPECT_EQ(project.applied(), "1");
  EXPECT_EQ(project.value("SELECT count(*) FROM users"), "2");
}

TEST_P(RehearseTest, NothingPendingIsNothingToRehearse) {
  const Outcome outcome = rehearse();
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(contains(outcome.err, "nothing is pending"));
  EXPECT_FALSE(project.has(".tide/rehearsals"));
}

TEST_P(RehearseTest, FindsADownThatDoesNotBringBackTheSchema) {
  project.write("migrations/2_two.lua", sql_migration("CREATE TABLE two (n integer)", "SELECT 1"));
  const Outcome outcome = rehearse();
  EXPECT_TRUE(exits(outcome, 4));
  EXPECT_TRUE(contains(outcome.out, "down: WRONG"));
  EXPECT_TRUE(contains(outcome.err, "`down` does not bring back what was there"));
  EXPECT_TRUE(contains(outcome.err, "two is only in the schema after down"));
}

TEST_P(RehearseTest, FindsADownThatDoesNotBringBackTheRows) {
  project.write("migrations/2_lossy.lua", sql_migration("UPDATE users SET name = upper(name)", "SELECT 1"));
  project.write("migrations/3_gone.lua", sql_migration("DELETE FROM users WHERE id = 2", "SELECT 1"));
  provide_rows();
  const Outcome outcome = rehearse();
  EXPECT_TRUE(exits(outcome, 4));
  EXPECT_TRUE(contains(outcome.out, "users: column name does not hold what was there before (2 rows)"));
  EXPECT_TRUE(contains(outcome.out, "users: 2 rows before, 1 row after down"));
}

TEST_P(RehearseTest, FindsAMissingDownAndAcceptsAnIrreversibleOne) {
  project.write("migrations/2_two.lua", "return { up = function(db) db:execute 'CREATE TABLE two (n integer)' end }\n");
  EXPECT_TRUE(exits(rehearse(), 4));
  EXPECT_TRUE(contains(rehearse().err, "2 two has no `down`"));
  EXPECT_TRUE(exits(rehearse({"--no-down"}), 0));
  project.write("migrations/2_two.lua",
                "return { up = function(db) db:execute 'CREATE TABLE two (n integer)' end,\n"
                "  down = irreversible 'the rows are gone' }\n");
  const Outcome declared = rehearse();
  EXPECT_TRUE(exits(declared, 0));
  EXPECT_TRUE(contains(declared.out, "down: none, it is irreversible: the rows are gone"));
}

TEST_P(RehearseTest, AStatementThatFailsAndAVerifyThatDoesNotHoldHaveTheirExitCodes) {
  project.write("migrations/2_bad.lua", sql_migration("CREATE TABLE users (n integer)", "SELECT 1"));
  const Outcome failed = rehearse();
  EXPECT_TRUE(exits(failed, 1));
  EXPECT_TRUE(contains(failed.err, "this was on a copy, which is thrown away"));
  project.write("migrations/2_bad.lua",
                "return { up = function(db) end, down = function(db) end, verify = function(db) error('not so') end }");
  EXPECT_TRUE(exits(rehearse(), 4));
}

TEST_P(RehearseTest, AnUpThatWorksOnlyOnceIsFound) {
  project.write("migrations/2_once.lua", sql_migration("INSERT INTO users VALUES (7, 'x')", "SELECT 1"));
  const Outcome outcome = rehearse();
  EXPECT_TRUE(exits(outcome, 4));
  EXPECT_TRUE(contains(outcome.err, "`down` does not bring back what was there"));
}

TEST_P(RehearseTest, TheRecordOpensTheGateForExactlyThatPlan) {
  demand_rehearsal();
  write_good();
  const Outcome held = project.tide({"up"});
  EXPECT_TRUE(exits(held, 6));
  EXPECT_TRUE(contains(held.err, "there is none"));
  EXPECT_TRUE(contains(held.err, "tide rehearse"));
  ASSERT_TRUE(exits(rehearse(), 0));
  project.write("migrations/3_three.lua", creates("three"));
  const Outcome another = project.tide({"up"});
  EXPECT_TRUE(exits(another, 6));
  EXPECT_TRUE(contains(another.err, "of other plans"));
  const Outcome up = project.tide({"up", "-n", "1"});
  EXPECT_TRUE(exits(up, 0));
  EXPECT_TRUE(contains(up.err, "2 phone rehearsed: "));
}

TEST_P(RehearseTest, DownIsOpenForWhatWasRehearsedDown) {
  demand_rehearsal();
  write_good();
  ASSERT_TRUE(exits(rehearse(), 0));
  ASSERT_TRUE(exits(project.tide({"up"}), 0));
  EXPECT_TRUE(exits(project.tide({"redo"}), 0));
  EXPECT_TRUE(exits(project.tide({"down"}), 0));
  const Outcome older = project.tide({"down"});
  EXPECT_TRUE(exits(older, 6));
  EXPECT_TRUE(contains(older.err, "1 users was not rehearsed"));
}

TEST_P(RehearseTest, WithoutTheWayDownTheGateIsOpenForUpOnly) {
  demand_rehearsal();
  write_good();
  ASSERT_TRUE(exits(rehearse({"--no-down"}), 0));
  ASSERT_TRUE(exits(project.tide({"up"}), 0));
  const Outcome down = project.tide({"down"});
  EXPECT_TRUE(exits(down, 6));
  EXPECT_TRUE(contains(down.err, "says of its `down`: skipped"));
}

TEST_P(RehearseTest, ARehearsalThatFailedAndARecordThatWasEditedOpenNothing) {
  demand_rehearsal();
  project.write("migrations/2_two.lua", sql_migration("CREATE TABLE two (n integer)", "SELECT 1"));
  EXPECT_TRUE(exits(rehearse(), 4));
  const Outcome failed = project.tide({"up"});
  EXPECT_TRUE(exits(failed, 6));
  EXPECT_TRUE(contains(failed.err, ", failed"));
  for (const auto& entry : fs::directory_iterator(project.path(".tide/rehearsals"))) {
    const std::string name = ".tide/rehearsals/" + entry.path().filename().string();
    std::string text = project.read(name);
    const std::size_t at = text.find("\"passed\": false");
    ASSERT_NE(at, std::string::npos);
    project.write(name, text.replace(at, 15, "\"passed\": true"));
  }
  const Outcome edited = project.tide({"up"});
  EXPECT_TRUE(exits(edited, 6));
  EXPECT_TRUE(contains(edited.err, "there is none"));
}

TEST_P(RehearseTest, TheRecordIsWhatJsonShows) {
  write_good();
  const Json shown = record();
  EXPECT_EQ(shown.value("environment", ""), "dev");
  EXPECT_EQ(shown.value("engine", ""), project.on_postgres() ? "postgres" : "sqlite");
  EXPECT_TRUE(shown.value("passed", false));
  EXPECT_EQ(shown["plan"], project.json({"plan"})["hash"]);
  const Json& step = shown["steps"][0];
  EXPECT_EQ(step["version"], "2");
  EXPECT_EQ(step["down"], "same");
  ASSERT_EQ(step["passes"].size(), 3U);
  EXPECT_EQ(step["passes"][1]["direction"], "down");
  const Json& statement = step["passes"][0]["statements"][0];
  EXPECT_EQ(statement["sql"], "ALTER TABLE users ADD COLUMN phone text");
  EXPECT_EQ(statement["file"], "migrations/2_phone.lua");
  EXPECT_TRUE(statement["in_transaction"]);
  if (project.on_postgres()) {
    EXPECT_EQ(statement["locks"][0]["relation"], "public.users");
    EXPECT_EQ(statement["locks"][0]["mode"], "ACCESS EXCLUSIVE");
  }
  const auto saved = fs::directory_iterator(project.path(".tide/rehearsals"))->path().filename().string();
  EXPECT_EQ(parse_json(project.read(".tide/rehearsals/" + saved)), shown);
}

TEST_P(RehearseTest, WhatScriptsDoElsewhereIsRecordedUnlessItIsAskedFor) {
  project.write("migrations/2_effect.lua",
                "return { up = function(db) fs.append('done.txt', 'x') end, down = function(db) end }");
  EXPECT_TRUE(exits(rehearse(), 0));
  EXPECT_FALSE(project.has("done.txt"));
  EXPECT_TRUE(exits(rehearse({"--with-effects"}), 0));
  EXPECT_EQ(project.read("done.txt"), "xx");
}

TEST_P(RehearseTest, ASecretInAStatementIsNotInTheRecord) {
  project.write(".env", "TOKEN=correct-horse-battery\n");
  project.write("migrations/2_secret.lua",
                "return { up = function(db) db:execute(\"INSERT INTO users VALUES (9, '\" .. secret 'TOKEN' .. \"')\") "
                "end, down = function(db) db:execute 'DELETE FROM users WHERE id = 9' end }");
  project.write("tide.toml", project.read("tide.toml") + "\n[secrets]\nTOKEN = { env = \"TOKEN\" }\n");
  const Outcome outcome = rehearse();
  for (const auto& entry : fs::directory_iterator(project.path(".tide/rehearsals"))) {
    EXPECT_TRUE(lacks(project.read(".tide/rehearsals/" + entry.path().filename().string()), "correct-horse"));
  }
  EXPECT_TRUE(lacks(outcome.all(), "correct-horse"));
}

TEST_P(RehearseTest, WhatDoesNotGoTogetherIsSaid) {
  write_good();
  EXPECT_TRUE(exits(rehearse({"--schema-only", "--from-backup", "newest"}), 2));
  EXPECT_TRUE(exits(rehearse({"2", "-n", "1"}), 2));
  const Outcome none = rehearse({"--from-backup", "newest"});
  EXPECT_TRUE(exits(none, 2));
  EXPECT_TRUE(contains(none.err, "there is no backup in "));
  if (!project.on_postgres()) {
    EXPECT_TRUE(exits(rehearse({"--schema-only"}), 2));
    EXPECT_TRUE(exits(rehearse({"--server", "postgres://x"}), 2));
  }
}

TEST_P(RehearseTest, ABackupFromBeforeTheLastMigrationIsBroughtUpToDateFirst) {
  ASSERT_TRUE(exits(project.tide({"backup", "create", "early"}), 0));
  write_good();
  ASSERT_TRUE(exits(project.tide({"up"}), 0));
  project.write("migrations/3_mail.lua",
                sql_migration("ALTER TABLE users ADD COLUMN mail text", "ALTER TABLE users DROP COLUMN mail"));
  const Outcome outcome = rehearse({"--from-backup", "early"});
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(contains(outcome.err, "filled from backup early"));
}

class RehearsePostgresTest : public RehearseTest {};
INSTANTIATE_TEST_SUITE_P(Engines, RehearsePostgresTest, testing::Values(Engine::kPostgres), engine_name);

TEST_P(RehearsePostgresTest, ChoosesTheNewestBackupAndElseSaysThatThereAreNoRows) {
  write_good();
  const Outcome empty = rehearse();
  EXPECT_TRUE(contains(empty.err, "filled with the schema alone (there is no backup in "));
  EXPECT_TRUE(contains(empty.err, "there are no rows"));
  ASSERT_TRUE(exits(project.tide({"backup", "create", "first"}), 0));
  EXPECT_TRUE(contains(rehearse().err, "filled from backup first"));
  EXPECT_TRUE(contains(rehearse({"--schema-only"}).err, "filled with the schema alone (that was asked for)"));
}

TEST_P(RehearsePostgresTest, ANamedServerGetsADatabaseThatIsDroppedAgain) {
  write_good();
  const Outcome outcome = rehearse({"--server", shared_cluster().url()});
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(contains(outcome.err, "on a named server"));
  EXPECT_TRUE(contains(outcome.err, "the environment's own"));
  EXPECT_EQ(shared_cluster().value("postgres", "SELECT count(*) FROM pg_database WHERE datname LIKE 'tide\\_re%'"),
            "0");
}

TEST_P(RehearsePostgresTest, AMachineWithoutTheServerIsToldWhatToInstallOrToName) {
  write_good();
  project.write("empty/psql", "");
  const Outcome outcome = rehearse({"--pg-bin", project.path("empty")});
  EXPECT_TRUE(exits(outcome, 1));
  for (const char* part : {"(initdb)", "install postgresql-", "--server URL"}) EXPECT_TRUE(contains(outcome.err, part));
}

TEST_P(RehearsePostgresTest, OwnersRolesAndPrivilegesAreThere) {
  const std::string role = project.database() + "_app";
  project.value("CREATE ROLE " + role + " NOLOGIN");
  project.value("GRANT SELECT ON users TO " + role);
  project.write("migrations/2_grant.lua",
                sql_migration("GRANT INSERT ON users TO " + role, "REVOKE SELECT, INSERT ON users FROM " + role));
  const Outcome outcome = rehearse();
  EXPECT_TRUE(exits(outcome, 4)) << outcome.all();
  EXPECT_TRUE(contains(outcome.out, "grants")) << outcome.out;
  project.value("DROP OWNED BY " + role);
  project.value("DROP ROLE " + role);
}

TEST_P(RehearsePostgresTest, WhoMayNotDumpIsToldWhatToDo) {
  write_good();
  const std::string role = project.database() + "_poor";
  project.value("CREATE ROLE " + role + " LOGIN");
  project.value("GRANT USAGE ON SCHEMA tide TO " + role);
  project.value("GRANT SELECT ON ALL TABLES IN SCHEMA tide TO " + role);
  project.value("GRANT SELECT ON ALL SEQUENCES IN SCHEMA tide TO " + role);
  std::string url = project.url();
  url.replace(url.find("postgres@"), 8, role);
  const Outcome outcome = project.tide({"--url", url, "--confirm", "dev", "rehearse"}, env());
  EXPECT_TRUE(exits(outcome, 1));
  EXPECT_TRUE(contains(outcome.err, "permission denied for table users"));
  EXPECT_TRUE(contains(outcome.err, "pg_read_all_data"));
  project.value("DROP OWNED BY " + role);
  project.value("DROP ROLE " + role);
}

TEST_P(RehearsePostgresTest, AScriptThatOpensItsOwnEnvironmentGetsTheCopy) {
  project.write("migrations/2_self.lua",
                "return { transaction = false, up = function(db) db:connect('dev'):execute 'DELETE FROM users' end,\n"
                "  down = irreversible 'x' }");
  EXPECT_TRUE(exits(rehearse({"--with-effects"}), 0));
  EXPECT_EQ(project.value("SELECT count(*) FROM users"), "2");
}

}  // namespace
}  // namespace tide::test
