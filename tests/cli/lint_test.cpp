#include "cli/project.h"

namespace tide::test {
namespace {

const char* kFile = "migrations/20250101000002_two.lua";

class LintTest : public testing::Test {
 protected:
  LintTest() {
    project.write("migrations/20250101000001_one.sql",
                  "CREATE TABLE users (id bigint PRIMARY KEY, email text, plan text);\n"
                  "INSERT INTO users SELECT n, 'u' || n FROM generate_series(1, 300) n;\n");
    EXPECT_TRUE(exits(project.tide({"up"}), 0));
  }
  Outcome lint(const std::string& migration, Args args = {"lint"}) {
    project.write(kFile, migration);
    return project.tide(args);
  }
  Json lint_json(const std::string& migration) {
    project.write(kFile, migration);
    return parse_json(project.tide({"lint", "--json"}).out);
  }
  static std::string rules_of(const Json& report) {
    std::string rules;
    for (const Json& finding : report["findings"]) rules += finding.value("rule", "") + " ";
    return rules;
  }

  Project project{Engine::kPostgres};
};

TEST_F(LintTest, WithNothingPendingFindsNothing) {
  const Outcome outcome = project.tide({"lint"});
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_EQ(outcome.out, "");
  EXPECT_TRUE(contains(outcome.err, "nothing found in 0 statements"));
}

TEST_F(LintTest, NamesPlaceRuleLockSizeAndTheSafeWay) {
  const Outcome outcome =
      lint("return {\n  up = function(db)\n    db:execute [[\n      CREATE INDEX i ON users (email)]]\n  end }");
  EXPECT_TRUE(exits(outcome, 4));
  EXPECT_TRUE(contains(outcome.out, std::string(kFile) + ":4: danger: create-index"));
  EXPECT_TRUE(contains(outcome.out, "4 |       CREATE INDEX i ON users (email)\n"));
  EXPECT_TRUE(contains(outcome.out, "A SHARE lock keeps every write"));
  EXPECT_TRUE(contains(outcome.out, "users: "));
  EXPECT_TRUE(contains(outcome.out, "[[CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON users (email)]]"));
  EXPECT_TRUE(contains(outcome.out, "docs/lint.md#create-index"));
  EXPECT_TRUE(contains(outcome.err, "1 danger in 1 statement"));
}

TEST_F(LintTest, TheSafeWayOfAnIndexCanBeGoneAndTakenBackInAnotherSchemaToo) {
  project.value("CREATE SCHEMA \"Odd.One\"");
  project.value("CREATE TABLE \"Odd.One\".\"T\" (n integer)");
  project.value("CREATE TABLE \"Odd.One\".\"P\" (n integer) PARTITION BY RANGE (n)");
  project.value("CREATE TABLE \"Odd.One\".\"P 1\" PARTITION OF \"Odd.One\".\"P\" FOR VALUES FROM (0) TO (9)");
  const auto index = [&](const char* name) {
    return project.value(std::string("SELECT count(*) FROM pg_index JOIN pg_class ON oid = indexrelid WHERE indisvalid "
                                     "AND relname = '") +
                         name + "'");
  };
  const auto safe = [&](const std::string& statement) {
    return lint_json(lua_migration("db:execute [[" + statement + "]]"))["findings"][0].value("safe", "");
  };
  project.write(kFile, safe("CREATE INDEX \"i.1\" ON \"Odd.One\".\"T\" (n)"));
  EXPECT_TRUE(exits(project.tide({"up"}), 0));
  EXPECT_EQ(index("i.1"), "1");
  EXPECT_TRUE(exits(project.tide({"down"}), 0));
  EXPECT_EQ(index("i.1"), "0");
  project.write(kFile, safe("CREATE INDEX \"i.2\" ON \"Odd.One\".\"P\" (n)"));
  EXPECT_TRUE(exits(project.tide({"up"}), 0));
  EXPECT_EQ(index("i.2"), "1");
}

TEST_F(LintTest, JudgesWhatTheScriptSendsAndNotItsText) {
  const Json report = lint_json(lua_migration(R"lua(
    -- DROP TABLE users
    local verb = "DR" .. "OP"
    for _, column in ipairs { "email", "plan" } do
      db:execute(("ALTER TABLE users %s COLUMN %s"):format(verb, db:ident(column)))
    end)lua"));
  EXPECT_EQ(rules_of(report), "drop-column drop-column ");
  EXPECT_EQ(report["findings"][1].value("statement", ""), "ALTER TABLE users DROP COLUMN plan");
  EXPECT_EQ(report["findings"][0].value("file", ""), kFile);
  EXPECT_GT(report["findings"][0].value("line", 0), 0);
  EXPECT_EQ(report.value("dangers", 0), 2);
  EXPECT_TRUE(report["error"].is_null());
}

TEST_F(LintTest, LeavesNothingBehind) {
  lint(sql_migration("DROP TABLE users"));
  EXPECT_EQ(project.tables(), "users");
  EXPECT_EQ(project.applied(), "20250101000001");
}

TEST_F(LintTest, ATableOfThePlanIsNobodys) {
  const Outcome outcome = lint(lua_migration(R"lua(
    db:execute "CREATE TABLE t (id bigint PRIMARY KEY, n text)"
    db:execute "CREATE INDEX ON t (n)"
    db:execute "ALTER TABLE t ALTER COLUMN n SET NOT NULL"
    db:execute "DROP TABLE t")lua"));
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(contains(outcome.err, "nothing found in 4 statements"));
}

TEST_F(LintTest, WithoutATransactionTheSafeWayIsSafe) {
  const Outcome outcome = lint(R"lua(return {
    transaction = false,
    up = function(db)
      db:execute "CREATE INDEX CONCURRENTLY IF NOT EXISTS users_email_idx ON users (email)"
      db:execute "ALTER TABLE users ADD CONSTRAINT email_there CHECK (email IS NOT NULL) NOT VALID"
      db:execute "ALTER TABLE users VALIDATE CONSTRAINT email_there"
      db:execute "ALTER TABLE users ALTER COLUMN email SET NOT NULL"
    end })lua");
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(contains(outcome.err, "nothing found"));
}

TEST_F(LintTest, ASilenceWithAReasonCounts) {
  const std::string up = ", up = function(db) db:execute 'ALTER TABLE users DROP COLUMN plan' end }";
  const Outcome outcome = lint("return { lint = { ['drop-column'] = 'not read since release 41' }" + up);
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(contains(outcome.out, "silenced: drop-column: not read since release 41"));
  EXPECT_TRUE(contains(outcome.err, "1 silenced in 1 statement"));
}

TEST_F(LintTest, ASilenceOfNoRuleStopsEveryCommand) {
  project.write(kFile, "return {\n  lint = { ['drop-colum'] = 'x' },\n  up = function(db) end }");
  for (const char* command : {"lint", "up"}) {
    const Outcome outcome = project.tide({command});
    EXPECT_TRUE(exits(outcome, 2));
    EXPECT_TRUE(contains(outcome.err, "did you mean 'drop-column'?"));
    EXPECT_TRUE(contains(outcome.err, std::string(kFile) + ":2"));
  }
}

TEST_F(LintTest, SqlFilesSilenceByComment) {
  project.write(
      "migrations/20250101000002_two.sql",
      "-- tide:lint drop-column: Not read\n-- tide:lint truncate: gone\nALTER TABLE users DROP COLUMN plan;\n");
  const Outcome outcome = project.tide({"lint"});
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(contains(outcome.out, "20250101000002_two.sql:3: silenced: drop-column: Not read"));
  EXPECT_TRUE(contains(outcome.out, "20250101000002_two.sql:2: advice: unused-silence"));
  EXPECT_TRUE(exits(project.tide({"lint", "--strict"}), 4));
}

TEST_F(LintTest, AdviceFailsOnlyWhenStrict) {
  const std::string migration = sql_migration("CREATE TABLE t (at timestamp)");
  EXPECT_TRUE(exits(lint(migration), 0));
  EXPECT_TRUE(contains(project.tide({"lint"}).out, "advice: timestamp-type"));
  EXPECT_TRUE(exits(project.tide({"lint", "--strict"}), 4));
}

TEST_F(LintTest, ADryRunThatFailsMidwayShowsWhatWasFoundAndTheError) {
  const std::string migration =
      lua_migration("db:execute 'ALTER TABLE users DROP COLUMN plan' db:execute 'SELECT frobnicate()'");
  const Outcome outcome = lint(migration);
  EXPECT_TRUE(exits(outcome, 1));
  EXPECT_TRUE(contains(outcome.out, "danger: drop-column"));
  EXPECT_TRUE(contains(outcome.err, "frobnicate"));
  const Json report = lint_json(migration);
  EXPECT_EQ(rules_of(report), "drop-column ");
  EXPECT_EQ(report["error"].value("kind", ""), "sql");
}

TEST_F(LintTest, UpToAVersionSaysWhatThatOneDoes) {
  project.write(kFile, sql_migration("DROP TABLE users"));
  project.write("migrations/20250101000003_three.lua", sql_migration("CREATE TABLE t (j json)"));
  const Outcome outcome = project.tide({"lint", "three"});
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(contains(outcome.out, "json-type"));
  EXPECT_TRUE(lacks(outcome.out, "drop-table"));
}

TEST_F(LintTest, OfAnAppliedVersionSaysThatItIsNotPending) {
  const Outcome outcome = project.tide({"lint", "one"});
  EXPECT_TRUE(exits(outcome, 2));
  EXPECT_TRUE(contains(outcome.err, "nothing is pending up to one"));
}

TEST_F(LintTest, InAProtectedEnvironmentASmallTableIsSmall) {
  project.write("tide.toml", "default_env = \"dev\"\n[env.dev]\nurl = \"" + project.url() + "\"\nprotected = true\n");
  const Outcome outcome = lint(sql_migration("CREATE INDEX i ON users (email)"));
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(contains(outcome.out, "advice: create-index"));
  EXPECT_TRUE(exits(project.tide({"lint", "--small", "1"}), 4));
}

TEST_F(LintTest, ChangedRowsAreCountedInTheDryRun) {
  project.value("INSERT INTO users SELECT n, 'u' || n FROM generate_series(1000, 20000) n");
  const Json report = lint_json(sql_migration("UPDATE users SET plan = 'free' WHERE id > 0"));
  EXPECT_EQ(rules_of(report), "large-change ");
  EXPECT_TRUE(contains(report["findings"][0].value("fact", ""), "19301 rows"));
}

TEST_F(LintTest, ALockTimeoutOfZeroIsADanger) {
  const Json report =
      lint_json("return { lock_timeout = '0', up = function(db) db:execute 'ALTER TABLE users ADD COLUMN a int' end }");
  EXPECT_EQ(rules_of(report), "no-lock-timeout ");
}

TEST_F(LintTest, AFileIsJudgedByTheDatabaseWhereThereIsOne) {
  const std::string file = project.write("change.sql", "\\set t users\nCREATE INDEX i ON :t (email);\n\\i more.sql\n");
  const Outcome outcome = project.tide({"lint", file});
  EXPECT_TRUE(exits(outcome, 4));
  EXPECT_TRUE(contains(outcome.out, "change.sql:2: danger: create-index"));
  EXPECT_TRUE(contains(outcome.out, "users: "));
  EXPECT_TRUE(contains(outcome.out, "change.sql:3: advice: not-looked-into"));
}

TEST_F(LintTest, TakesOneVersionOrFiles) {
  const std::string file = project.write("change.sql", "SELECT 1;");
  EXPECT_TRUE(exits(project.tide({"lint", "one", "two"}), 2));
  EXPECT_TRUE(exits(project.tide({"lint", "one", file}), 2));
  EXPECT_TRUE(exits(project.tide({"lint", "--offline"}), 2));
  EXPECT_TRUE(exits(project.tide({"lint", "--small", "few"}), 2));
  EXPECT_TRUE(exits(project.tide({"lint", "missing.sql"}), 2));
}

TEST(LintOffline, JudgesAFileWithoutADatabase) {
  const Project project(Engine::kSqlite);
  const std::string file = project.write("change.sql",
                                         "SELECT frobnicate FROM FROM x;\nALTER TABLE \"Größe 😀\" DROP COLUMN a;\n"
                                         "COPY users (a) FROM stdin;\nDROP TABLE users;\n\\.\nSELECT 1;\n");
  const Outcome outcome = project.tide({"lint", file, "--offline"});
  EXPECT_TRUE(exits(outcome, 4));
  EXPECT_TRUE(contains(outcome.out, "change.sql:1: danger: not-parsed"));
  EXPECT_TRUE(contains(outcome.out, "change.sql:2: danger: drop-column"));
  EXPECT_TRUE(lacks(outcome.out, "drop-table"));
  EXPECT_FALSE(project.has("dev.db"));
}

TEST(LintOnSqlite, SaysThatItIsAboutPostgres) {
  const Project project(Engine::kSqlite);
  project.write("migrations/1_one.lua", creates("one"));
  const Outcome outcome = project.tide({"lint"});
  EXPECT_TRUE(exits(outcome, 2));
  EXPECT_TRUE(contains(outcome.err, "lint judges SQL for PostgreSQL"));
}

}  // namespace
}  // namespace tide::test
