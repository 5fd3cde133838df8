#include <chrono>

#include "cli/project.h"

namespace tide::test {
namespace {

class RunTest : public OnEngine {
 protected:
  // Runs a script that holds `text`.
  Outcome run_script(const std::string& text, Args more = {}, const Env& env = {}) {
    project.write("scripts/task.lua", text);
    more.insert(more.begin(), {"run", "task"});
    return project.tide(more, env);
  }
  void expect_failure(const std::string& text, int code, const std::vector<std::string>& parts) {
    const Outcome outcome = run_script(text);
    EXPECT_TRUE(exits(outcome, code)) << text;
    for (const std::string& part : parts) EXPECT_TRUE(contains(outcome.err, part)) << text;
    EXPECT_EQ(outcome.out, "") << text;
  }
};
TIDE_ON_BOTH_ENGINES(RunTest);

TEST_P(RunTest, AScriptWorksOnTheDatabase) {
  const Outcome outcome = run_script(R"lua(
    db:execute "CREATE TABLE t (id integer PRIMARY KEY)"
    db:transaction(function() db:execute("INSERT INTO t VALUES ($1), ($2)", 1, 2) end)
    pcall(db.transaction, db, function() db:execute "DELETE FROM t" error "no" end)
    return db:value "SELECT count(*) FROM t"
  )lua");
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_EQ(outcome.out, "2\n");
  EXPECT_EQ(project.value("SELECT count(*) FROM t"), "2");
}

TEST_P(RunTest, WithoutATransactionEachStatementStays) {
  EXPECT_TRUE(exits(run_script("db:execute 'CREATE TABLE t (id integer)' error 'half'"), 1));
  EXPECT_EQ(project.tables(), "t");
}

TEST_P(RunTest, ATransactionThatIsLeftOpenIsAnError) {
  expect_failure("db:execute 'BEGIN' db:execute 'CREATE TABLE t (id integer)'", 1, {"left a transaction open"});
  EXPECT_EQ(project.tables(), "");
}

TEST_P(RunTest, ADryRunKeepsNothingAndSaysEverything) {
  const Outcome outcome = run_script(R"lua(
    db:execute "CREATE TABLE t (id integer)"
    db:transaction(function() db:execute("INSERT INTO t VALUES ($1)", 7) end, { retries = 3 })
    fs.write("report.txt", "done")
    if not confirm "Really?" then error "asked" end
    return db:value "SELECT count(*) FROM t"
  )lua",
                                     {"--dry-run"});
  EXPECT_TRUE(exits(outcome, 0));
  for (const char* part : {"CREATE TABLE t (id integer);", "INSERT INTO t VALUES ($1);", "--   $1 = 7",
                           "-- fs: write 4 bytes to report.txt\n-- recorded, not done", "-- confirm: Really?"}) {
    EXPECT_TRUE(contains(outcome.out, part));
  }
  EXPECT_TRUE(contains(outcome.err, "rolled back"));
  EXPECT_EQ(project.tables(), "");
  EXPECT_FALSE(project.has("report.txt"));
}

TEST_P(RunTest, ADryRunThatFailsKeepsNothingEither) {
  const Outcome outcome = run_script("db:execute 'CREATE TABLE t (id integer)' error 'late'", {"--dry-run"});
  EXPECT_TRUE(exits(outcome, 1));
  EXPECT_TRUE(contains(outcome.out, "CREATE TABLE t"));
  EXPECT_TRUE(contains(outcome.err, "nothing of this dry run was kept"));
  EXPECT_EQ(project.tables(), "");
}

TEST_P(RunTest, TheDocumentTellsTheResult) {
  project.write("scripts/task.lua", "db:execute 'CREATE TABLE t (id integer)' return { b = {}, a = null, n = 2^53 }");
  const Json done = project.json({"run", "task"});
  EXPECT_EQ(done["script"], "scripts/task.lua");
  EXPECT_EQ(done["environment"], "dev");
  EXPECT_EQ(done["dry_run"], false);
  EXPECT_EQ(done["statements"], 1);
  EXPECT_EQ(done["result"].dump(), R"({"a":null,"b":{},"n":9007199254740992})");
  EXPECT_TRUE(done["error"].is_null());
  const Json tried = project.json({"run", "task", "--dry-run"});
  EXPECT_EQ(tried["error"]["kind"], "sql");
  EXPECT_EQ(tried["recorded"].size(), 1U);
}

TEST_P(RunTest, ErrorsHaveTheirExitCodes) {
  expect_failure("db:execute 'SELEC 1'", 1, {"scripts/task.lua:1", "SELEC 1"});
  expect_failure("local x = 1\nerror 'broken'", 1, {"broken", "scripts/task.lua:2"});
  expect_failure("require('tide.expect').that(false, 'three rows')", 4, {"three rows"});
  expect_failure("local x = = 2", 2, {"syntax error", "scripts/task.lua:1"});
  expect_failure("db:execute 'CREATE TABLE t (id integer)'\nprnt(1)", 2, {"undefined global 'prnt'", "print", ":2"});
  expect_failure("x = 1", 2, {"assignment to the global 'x'"});
  EXPECT_EQ(project.tables(), "");
}

TEST_P(RunTest, WhatAScriptReturnsMustBeAValue) {
  expect_failure("return function() end", 1, {"returns a function"});
  expect_failure("return { print }", 1, {"cannot be written as JSON", "function"});
  expect_failure("return '\\255'", 1, {"not UTF-8"});
  expect_failure("local t = {} t.t = t return t", 1, {"a table inside itself"});
  expect_failure("return { title = 'x', phases = {} }", 1, {"return runbook { ... }"});
  expect_failure("return { up = function() end }", 1, {"returns a migration", "tide up"});
}

TEST_P(RunTest, CtrlCStopsAScript) {
  for (const char* text : {"print 'ready' while true do end", "print 'ready' time.sleep '30s'",
                           "print 'ready' repeat pcall(time.sleep, 30) until false",
                           "print 'ready' retry({ every = '30s' }, function() error 'no' end)"}) {
    project.write("scripts/task.lua", text);
    Process process(project.command({"run", "task"}));
    ASSERT_TRUE(process.wait_for("ready"));
    process.signal(SIGINT);
    EXPECT_TRUE(exits(process.wait(), 130)) << text;
  }
}

TEST_P(RunTest, AProtectedEnvironmentAsksForItsName) {
  project.write("tide.toml", "[env.production]\nurl = \"" + project.url() + "\"\nprotected = true\n");
  const std::string text = "db:execute 'CREATE TABLE t (id integer)'";
  EXPECT_TRUE(exits(run_script(text), 6));
  EXPECT_TRUE(exits(run_script(text, {"--yes"}), 6));
  EXPECT_TRUE(exits(run_script(text, {"--dry-run"}), 0));
  EXPECT_EQ(project.tables(), "");
  EXPECT_TRUE(exits(run_script(text, {"--confirm", "production"}), 0));
  EXPECT_EQ(project.tables(), "t");
}

TEST_P(RunTest, AnotherConnectionOfADryRunKeepsNothingEither) {
  if (!project.on_postgres()) GTEST_SKIP() << "SQLite lets one transaction write at a time";
  const Outcome outcome = run_script("db:connect('dev'):execute 'CREATE TABLE t (id integer)'", {"--dry-run"});
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_EQ(project.tables(), "");
}

TEST_P(RunTest, TheEnvironmentsTimeoutsHoldForAScript) {
  if (!project.on_postgres()) GTEST_SKIP() << "the session's settings are PostgreSQL's";
  project.write("tide.toml", "[env.dev]\nurl = \"" + project.url() + "\"\nstatement_timeout = \"2s\"\n");
  EXPECT_EQ(run_script("return db:value 'SHOW statement_timeout'").out, "2s\n");
}

class RunFileTest : public testing::Test {
 protected:
  Project project;
};

TEST_F(RunFileTest, TheArgumentsAreThere) {
  project.write("scripts/task.lua", "return { arg[0], arg[1], arg[2], #arg, arg.colour, ... }");
  const Outcome outcome = project.tide({"run", "task", "a", "--set", "colour=x=y", "--", "-b"});
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_EQ(parse_json(outcome.out).dump(), R"(["scripts/task.lua","a","-b",2,"x=y","a","-b"])");
}

TEST_F(RunFileTest, ABadSettingIsRefusedBeforeAnythingRuns) {
  project.write("scripts/task.lua", "fs.write('ran', '')");
  for (const char* bad : {"colour", "=x", ""}) {
    EXPECT_TRUE(exits(project.tide({"run", "task", "--set", bad}), 2)) << bad;
  }
  EXPECT_FALSE(project.has("ran"));
}

TEST_F(RunFileTest, AScriptIsFoundByItsPathOrItsName) {
  project.write("scripts/billing/export.lua", "return 'scripts'");
  project.write("here.lua", "return 'here'");
  for (const char* name : {"billing/export", "billing/export.lua", "scripts/billing/export.lua"}) {
    EXPECT_EQ(project.tide({"run", name}).out, "scripts\n") << name;
  }
  for (const std::string& name : {std::string("here"), std::string("here.lua"), project.path("here.lua")}) {
    EXPECT_EQ(project.tide({"run", name}).out, "here\n") << name;
  }
}

TEST_F(RunFileTest, AScriptThatIsNotThereNamesTheNearest) {
  project.write("scripts/billing/export.lua", "");
  project.write("scripts/clean_up.lua", "");
  const Outcome near = project.tide({"run", "cleanup"});
  EXPECT_TRUE(exits(near, 2));
  EXPECT_TRUE(contains(near.err, "there is no script 'cleanup': neither cleanup.lua nor scripts/cleanup.lua"));
  EXPECT_TRUE(contains(near.err, "did you mean 'clean_up'?"));
  EXPECT_TRUE(contains(project.tide({"run", "zzz"}).err, "there are: billing/export, clean_up"));
  EXPECT_TRUE(exits(project.tide({"run"}), 2));
}

TEST_F(RunFileTest, ADatabaseIsConnectedToAtItsFirstUse) {
  project.write("tide.toml", "[env.dev]\nurl = \"postgres://nobody@127.0.0.1:1/none\"\n");
  project.write("scripts/alone.lua", "return 'alone'");
  project.write("scripts/uses.lua", "local ok = pcall(function() return db.engine end) print(ok)\ndb:value 'SELECT 1'");
  EXPECT_EQ(project.tide({"run", "alone"}).out, "alone\n");
  const Outcome outcome = project.tide({"run", "uses"});
  EXPECT_TRUE(exits(outcome, 3));
  EXPECT_TRUE(contains(outcome.err, "scripts/uses.lua:2"));
}

TEST_F(RunFileTest, BytecodeIsRefused) {
  project.write("scripts/task.lua", std::string("\x1bLJ\x02\0", 5));
  EXPECT_TRUE(exits(project.tide({"run", "task"}), 2));
}

TEST_F(RunFileTest, ModulesDoNotSeeDbAndArg) {
  project.write("lib/tool.lua", "return function() return db end");
  project.write("scripts/task.lua", "return require 'tool'()");
  const Outcome outcome = project.tide({"run", "task"});
  EXPECT_TRUE(exits(outcome, 2));
  EXPECT_TRUE(contains(outcome.err, "undefined global 'db'"));
}

TEST_F(RunFileTest, AMigrationDoesNotSeeDbAndArgEither) {
  project.write("migrations/1_a.lua", "return { up = function() db:execute 'SELECT 1' end }");
  EXPECT_TRUE(contains(project.tide({"up"}).err, "undefined global 'db'"));
}

TEST_F(RunFileTest, ADryPlanDoesNotDoWhatAMigrationDoesElsewhere) {
  project.write("migrations/1_a.lua", lua_migration("fs.write('ran', '')"));
  const Outcome outcome = project.tide({"plan", "--sql"});
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(contains(outcome.out, "-- fs: write 0 bytes to ran\n-- recorded, not done"));
  EXPECT_FALSE(project.has("ran"));
  EXPECT_TRUE(exits(project.tide({"up"}), 0));
  EXPECT_TRUE(project.has("ran"));
}

}  // namespace
}  // namespace tide::test
