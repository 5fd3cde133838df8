#include <csignal>
#include <filesystem>

#include "cli/runbook_fixture.h"

namespace tide::test {
namespace {

const std::string kHead = "local runbook = require 'tide.runbook'\n";

class RunbookTest : public testing::Test, public RunbookFixture {
 protected:
  void expect_refused(const std::string& text, int code, const std::vector<std::string>& parts) {
    const Outcome outcome = run_book(text);
    EXPECT_TRUE(exits(outcome, code)) << text;
    for (const std::string& part : parts) EXPECT_TRUE(contains(outcome.err, part)) << text;
  }
};

TEST_F(RunbookTest, AMistakeInTheTableIsNamedWithItsLineBeforeAnythingRuns) {
  expect_refused("phases = { { 'Do',\n { 'Step',\n upp = function() end } } }", 2,
                 {"unknown field 'upp' (did you mean 'up'?)", "scripts/task.lua:6"});
  expect_refused("phases = { { 'Do', { 'Step', up = 1 } } }", 2, {"`up` is a function, not a number"});
  expect_refused("phases = { { 'Do', { 'Step' } } }", 2, {"does nothing"});
  expect_refused("phases = { { 'Do', { 'S', up = print, manual = 'x' } } }", 2, {"does two things, `up` and `manual`"});
  expect_refused("phases = { { 'Do', { 'S', up = print }, { 'S', up = print } } }", 2, {"two steps are called"});
  expect_refused("phases = { { 'Do', { 'S', up = print, budget = 'soon' } } }", 2, {"`budget` is a duration"});
  expect_refused("phases = { { 'Do', { 'S', ends = 'T' } } }", 2, {"no step before it has that title"});
  expect_refused("phases = { { 'Do', { 'S', up = print, always_down = true } } }", 2, {"needs a `down`"});
  expect_refused("phases = {}", 2, {"a runbook has phases"});
  EXPECT_FALSE(project.has(".tide/runs"));
}

TEST_F(RunbookTest, WhatIsMissingIsSaidTogetherBeforeTheFirstStep) {
  const Outcome outcome = run_book(R"(preflight = function(run)
      run:need_command "no-such-program"
      run:need_command("sh", nil)
      run:need_env("NOT_SET")
      run:need_file "not/there.sql"
      run:need_url "http://127.0.0.1:1/"
      run:need_database { engine = "postgres", tables = { "users" } }
      run:need_disk "900000TB"
      run:need_flag({ "ls" }, "--no-such-flag")
      run:need(false, "the moon is full", "it is new")
      error "and this"
    end, phases = { { 'Do', { 'Never', up = function() fs.write("touched", "x") end } } })");
  EXPECT_TRUE(exits(outcome, 6));
  for (const char* part :
       {"no-such-program is installed: there is no no-such-program on the PATH", "the variable NOT_SET is set",
        "the file not/there.sql is there", "http://127.0.0.1:1/ answers 200", "the engine is postgres: it is sqlite",
        "table users is there: it is missing", "900000TB are free", "accepts --no-such-flag",
        "the moon is full: it is new", "and this"}) {
    EXPECT_TRUE(contains(outcome.err, part));
  }
  EXPECT_TRUE(lacks(outcome.err, "sh is installed"));
  EXPECT_FALSE(project.has("touched"));
}

TEST_F(RunbookTest, InputsAreCheckedByTheirType) {
  const std::string text =
      R"(inputs = { n = { type = 'integer', required = true }, where = { choices = { 'eu', 'us' }, default = 'eu' },
    token = { secret = true, env = 'TOKEN' } },
    phases = { { 'Do', { 'S', up = function(run) log.info(run.inputs.n + 1, run.inputs.where, run.inputs.token) end } } })";
  EXPECT_TRUE(contains(run_book(text).err, "the input 'n' is missing: --set n=..."));
  EXPECT_TRUE(contains(run_book(text, {"--set", "n=x"}).err, "the input 'n' (--set n): \"x\" is no integer"));
  EXPECT_TRUE(contains(run_book(text, {"--set", "n=1", "--set", "where=mars"}).err, "mars is none of eu, us"));
  EXPECT_TRUE(contains(run_book(text, {"--set", "n=1", "--set", "wher=us"}).err, "did you mean 'where'?"));
  const std::string flag =
      "inputs = { on = { type = 'boolean', default = true } }, phases = { { 'Do', { 'S', up = "
      "function(run) log.info(run.inputs.on) end } } }";
  EXPECT_TRUE(contains(run_book(flag, {"--set", "on=no"}).err, "\n  false\n"));
  const Outcome done = run_book(text, {"--set", "n=41"}, {{"TOKEN", "t0p-s3cret-value"}});
  EXPECT_TRUE(exits(done, 0));
  EXPECT_TRUE(contains(done.err, "42 eu ***"));
  EXPECT_TRUE(lacks(project.read(journal()), "t0p-s3cret-value"));
}

TEST(RunbookOnPostgres, AStepThatLetsGoOfItsDatabaseLeavesNoSessionAndConnectsAnew) {
  const Project project(Engine::kPostgres);
  project.write("scripts/task.lua", R"lua(
    return require "tide.runbook" { title = "T", phases = { { "Do", { "S", up = function(run)
      local before = run.db:value "SELECT pg_backend_pid()"
      run:disconnect()
      local other = run:connect "dev"
      run:check("its session is gone", other:value("SELECT count(*) FROM pg_stat_activity WHERE pid = $1", before) == 0)
      run:check("there is a new one", run.db:value "SELECT pg_backend_pid()" ~= before)
    end } } } })lua");
  EXPECT_TRUE(exits(project.tide({"run", "task"}), 0));
}

TEST_F(RunbookTest, WhatAStepKeepsIsThereAfterAResume) {
  const std::string steps = R"({ 'Keep', up = function(run) run.list = { 1, { a = "b" } } run.name = "x" end },
    { 'Use', up = function(run) if not fs.exists "go" then error "not yet" end log.info(run.list[2].a .. run.name) end })";
  EXPECT_TRUE(exits(run_steps(steps), 1));
  project.write("go", "");
  const Outcome resumed = project.tide({"run", "task", "--resume"});
  EXPECT_TRUE(exits(resumed, 0));
  EXPECT_TRUE(contains(resumed.err, "bx"));
  EXPECT_TRUE(lacks(resumed.err, "1.1 Keep"));
}

TEST_F(RunbookTest, WhatCannotBeKeptIsNamed) {
  const Outcome outcome = run_steps("{ 'Keep', up = function(run) run.fn = function() end end }");
  EXPECT_TRUE(exits(outcome, 2));
  EXPECT_TRUE(contains(outcome.err, "run.fn cannot be kept across a resume"));
  EXPECT_TRUE(contains(run_steps("{ 'Keep', up = function(run) run.db = 1 end }").err, "run.db is the runbook's own"));
}

TEST_F(RunbookTest, AFailureIsAnsweredByItsFlag) {
  const std::string steps = R"({ 'Flaky', up = function(run)
      local n = fs.exists "n" and tonumber(fs.read "n") or 0
      fs.write("n", tostring(n + 1))
      if n < 2 then error "flaky" end
    end }, { 'Next', up = function() fs.write("next", "") end })";
  EXPECT_TRUE(exits(run_steps(steps, {"--on-failure", "retry"}), 0));
  EXPECT_EQ(project.read("n"), "3");
  const Outcome skipped =
      run_steps("{ 'Bad', up = function() error 'no' end }, { 'Good', up = print }", {"--on-failure", "skip"});
  EXPECT_TRUE(exits(skipped, 0));
  EXPECT_TRUE(contains(skipped.err, "1.2 Good"));
}

TEST_F(RunbookTest, APersonIsAskedWhatToDo) {
  project.write("scripts/task.lua", kHead +
                                        "return runbook { title = 'T', phases = { { 'Do', { 'Bad', up = function() "
                                        "error 'no' end }, { 'Good', manual = 'Look' } } } }");
  const Outcome outcome = run_in_terminal(
      project.command({"run", "task"}),
      {{"[r]etry", "s\n"}, {"Reason", "\n"}, {"[r]etry", "s\n"}, {"Reason", "known\n"}, {"Done?", "y\n"}});
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(contains(project.read(journal()), "\"reason\":\"known\""));
}

TEST_F(RunbookTest, AStepThatHangsIsEndedByItsTimeout) {
  for (const char* hang :
       {"while true do end", "shell.run { 'sleep', '60' }", "time.sleep '60s'",
        "db:value \"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n\"",
        "while true do pcall(function() while true do end end) end"}) {
    const Outcome outcome =
        run_steps(std::string("{ 'On', always_down = true, up = function() fs.write('on', '') end, down = "
                              "function() fs.remove 'on' end }, { 'Hang', timeout = '300ms', up = "
                              "function(run) local db = run.db ") +
                  hang + " end }");
    EXPECT_TRUE(exits(outcome, 4)) << hang;
    EXPECT_TRUE(contains(outcome.err, "timed out: it ran for longer than its timeout of 0.3s")) << hang;
    EXPECT_FALSE(project.has("on")) << hang;
  }
}

TEST_F(RunbookTest, AnInterruptTakesBackWhatMustNotStayOn) {
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    project.write("scripts/task.lua", kHead + R"(return runbook { title = 'T', phases = { { 'Do',
      { 'On', always_down = true, up = function() fs.write('on', '') end, down = function() fs.remove 'on' end },
      { 'Wait', up = function() log.info "waiting now" time.sleep "60s" end } } } })");
    Process process(project.command({"run", "task"}));
    EXPECT_TRUE(process.wait_for("waiting now"));
    process.signal(number);
    const Outcome outcome = process.wait();
    EXPECT_TRUE(exits(outcome, 130));
    EXPECT_FALSE(project.has("on"));
  }
}

TEST_F(RunbookTest, ARevertPutsOnAgainWhatAStepHadEndedAndTakesItBackLast) {
  const std::string steps = R"(
    { 'On', always_down = true, up = function() fs.append("log", "on ") end, down = function() fs.append("log", "off ") end },
    { 'Work', up = function() fs.append("log", "work ") end, down = function() fs.append("log", "unwork ") end },
    { 'Off', ends = 'On' },
    { 'Fail', up = function() error "no" end })";
  EXPECT_TRUE(exits(run_steps(steps, {"--on-failure", "revert"}), 1));
  EXPECT_EQ(project.read("log"), "on work off on unwork off ");
}

TEST_F(RunbookTest, TheMigrationsThatAStepIsToFindPendingAreThoseItAppliedBeforeToo) {
  project.write("migrations/1_a.lua", creates("a"));
  project.write("migrations/2_b.lua", lua_migration("if not fs.exists 'go' then error 'not yet' end"));
  const std::string steps = "{ 'Apply', up = function(run) run:migrate { expect = 2 } end }";
  EXPECT_TRUE(exits(run_steps(steps), 1));
  EXPECT_EQ(project.applied(), "1");
  project.write("go", "");
  EXPECT_TRUE(exits(project.tide({"run", "task", "--resume"}), 0));
  EXPECT_EQ(project.applied(), "1 2");
  EXPECT_TRUE(contains(run_steps(steps).err, "0 migrations are pending, and the runbook expects 2"));
}

TEST_F(RunbookTest, AVerifyThatSaysNoFailsTheStepWithWhatItSaw) {
  const Outcome outcome =
      run_steps("{ 'Step', up = function() end, verify = function() return false, 'it is red' end }");
  EXPECT_TRUE(exits(outcome, 4));
  EXPECT_TRUE(contains(outcome.err, "Step: it is red"));
}

TEST_F(RunbookTest, OutputIsKeptUpToALimitThatIsSaid) {
  const Outcome outcome = run_steps("{ 'Flood', up = function() shell.sh 'seq 1 200000' end }");
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(contains(outcome.err, "bytes of its output are not in the journal"));
  EXPECT_LT(std::filesystem::file_size(project.path(journal())), 600'000U);
}

TEST_F(RunbookTest, AnotherFolderOfMigrationsIsTakenAndGivenBack) {
  project.write("scripts/task/1_a.lua", creates("a"));
  const Outcome outcome = run_steps(
      "{ 'Up', up = function(run) run:migrate { dir = 'scripts/task', expect = 1 } end, down = function(run) "
      "run:migrate_down { dir = 'scripts/task' } end }, { 'Bad', up = function() if fs.exists 'bad' then error 'no' "
      "end end }");
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_EQ(project.tables(), "a");
  EXPECT_TRUE(exits(project.tide({"run", "task", "--revert", "last"}), 0));
  EXPECT_EQ(project.tables(), "");
}

// A limit of the size of files stands for the disk.
TEST_F(RunbookTest, AFullDiskStopsTheRunAndDoesNotKeepMaintenanceOn) {
  project.write("scripts/task.lua", kHead + R"(return runbook { title = 'T', phases = { { 'Do',
    { 'On', always_down = true, up = function() fs.write('on', '') end,
      down = function() fs.remove 'on' shell.run { 'true' } fs.mkdir 'off' end },
    { 'Fill', up = function(run) for i = 1, 400 do run:evidence('x' .. i, ('y'):rep(50)) end end } } } })");
  Command command = project.command({"run", "task"});
  command.argv.insert(command.argv.begin(), {"/bin/sh", "-c", "trap '' XFSZ; ulimit -f 16; exec \"$@\"", "sh"});
  const Outcome outcome = run(command);
  EXPECT_TRUE(exits(outcome, 1));
  EXPECT_TRUE(contains(outcome.err, "File too large"));
  EXPECT_TRUE(contains(outcome.err, "the journal cannot be written"));
  EXPECT_TRUE(lacks(outcome.err, "STILL ON"));
  EXPECT_FALSE(project.has("on"));
  EXPECT_TRUE(project.has("off"));
}

TEST_F(RunbookTest, AJournalThatWasChangedIsRefused) {
  EXPECT_TRUE(exits(run_steps("{ 'One', up = function() end }, { 'Two', up = function() error 'no' end }"), 1));
  const std::string path = journal(), whole = project.read(path);
  EXPECT_TRUE(exits(project.tide({"report", "last", "--verify"}), 0));
  std::string changed = whole;
  changed.replace(changed.find("\"title\":\"Task\""), 14, "\"title\":\"Mask\"");
  project.write(path, changed);
  for (const Args& args : {Args{"report", "last", "--verify"}, Args{"run", "task", "--resume"}}) {
    const Outcome outcome = project.tide(args);
    EXPECT_TRUE(exits(outcome, 4));
    EXPECT_TRUE(contains(outcome.err, "the journal was changed"));
  }
}

TEST_F(RunbookTest, AReportThatWasChangedIsNoticed) {
  EXPECT_TRUE(exits(run_steps("{ 'One', up = function() end }"), 0));
  const std::string report = journal().substr(0, journal().rfind('/')) + "/report.html";
  project.write(report, project.read(report) + " ");
  const Outcome outcome = project.tide({"report", "last", "--verify"});
  EXPECT_TRUE(exits(outcome, 4));
  EXPECT_TRUE(contains(outcome.err, "the report was changed"));
}

TEST_F(RunbookTest, AHalfWrittenLastLineIsDroppedAndSaid) {
  const std::string steps =
      "{ 'One', up = function() end }, { 'Two', up = function() if not fs.exists 'go' then error 'no' end end }";
  EXPECT_TRUE(exits(run_steps(steps), 1));
  project.write(journal(), project.read(journal()) + "{\"hash\":\"12");
  project.write("go", "");
  const Outcome outcome = project.tide({"run", "task", "--resume"});
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(contains(outcome.err, "half-written"));
  EXPECT_TRUE(exits(project.tide({"report", "last", "--verify"}), 0));
}

TEST_F(RunbookTest, AnEditedScriptIsResumedOnRequestOnly) {
  EXPECT_TRUE(exits(run_steps("{ 'One', up = function() end }, { 'Two', up = function() error 'no' end }"), 1));
  const Outcome refused = run_steps("{ 'One', up = function() end }, { 'Two', up = function() end }", {"--resume"});
  EXPECT_TRUE(exits(refused, 6));
  EXPECT_TRUE(contains(refused.err, "was edited since"));
  EXPECT_TRUE(exits(project.tide({"run", "task", "--resume", "--accept-edited"}), 0));
}

TEST_F(RunbookTest, TheSecondOneIsToldWhoRunsIt) {
  project.write("scripts/task.lua", kHead +
                                        "return runbook { title = 'T', phases = { { 'Do', { 'Wait', up = function() "
                                        "log.info 'waiting now' time.sleep '60s' end } } } }");
  Process first(project.command({"run", "task"}));
  EXPECT_TRUE(first.wait_for("waiting now"));
  const Outcome second = project.tide({"run", "task"});
  EXPECT_TRUE(exits(second, 3));
  EXPECT_TRUE(contains(second.err, "is being run on dev by "));
  EXPECT_TRUE(contains(second.err, "process " + std::to_string(first.pid())));
  first.signal(SIGINT);
  first.wait();
}

TEST_F(RunbookTest, ADryRunDoesNothing) {
  const Outcome outcome = run_steps(
      "{ 'One', up = function(run) fs.write('touched', '') run.db:execute 'CREATE TABLE t (i integer)' end, verify = "
      "function() return false end }, { 'Two', manual = 'Call' }, { 'Three', approve = 'Go?' }",
      {"--dry-run"});
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(contains(outcome.err, "1.3 Three"));
  EXPECT_FALSE(project.has("touched"));
  EXPECT_EQ(project.tables(), "");
  EXPECT_FALSE(project.has(".tide/runs"));
}

TEST_F(RunbookTest, TagsAndFromChooseSteps) {
  const std::string steps =
      "{ 'A', up = function() end, tags = { 'x' } }, { 'B', up = function() end }, { 'C', up = function() end }";
  const Outcome tagged = run_steps(steps, {"--tags", "x"});
  EXPECT_TRUE(contains(tagged.err, "1.1 A"));
  EXPECT_TRUE(lacks(tagged.err, "1.2 B"));
  EXPECT_TRUE(lacks(run_steps(steps, {"--skip-tags", "x"}).err, "1.1 A"));
  const Outcome from = run_steps(steps, {"--from", "c"});
  EXPECT_TRUE(lacks(from.err, "1.2 B"));
  EXPECT_TRUE(contains(from.err, "1.3 C"));
  EXPECT_TRUE(exits(run_steps(steps, {"--from", "9.9"}), 2));
}

TEST_F(RunbookTest, ASecondPersonIsAnotherOne) {
  const std::string steps = "{ 'Go', approve = 'Change production?' }";
  EXPECT_TRUE(exits(run_steps(steps), 6));
  const Outcome approved = run_steps(steps, {"--set", "approved_by=Selene"});
  EXPECT_TRUE(exits(approved, 0));
  EXPECT_TRUE(contains(project.tide({"report", "last"}).out, "**Selene** (given by --set"));
}

TEST_F(RunbookTest, WatchersGoOnTogetherUntilOneFails) {
  const Outcome outcome = run_steps(R"({ 'Watch', for_ = '400ms', every = '50ms', watch = {
      { 'steady', function() return true end },
      { 'pausing', function(run) run:pause '10ms' return not fs.exists 'broken' end },
    } }, { 'Broken', for_ = '10s', every = '20ms', watch = {
      { 'fine', function() return true end },
      { 'fails', function(run) run.n = (run.n or 0) + 1 return run.n < 4, 'saw ' .. run.n end } } })");
  EXPECT_TRUE(exits(outcome, 4));
  EXPECT_TRUE(contains(outcome.err, "fails: saw 4"));
  EXPECT_TRUE(contains(project.read(journal()), "\"name\":\"steady\""));
}

TEST_F(RunbookTest, AHoldWaitsUntilItHolds) {
  const Outcome outcome = run_steps(
      "{ 'Hold', every = '10ms', within = '5s', hold = function(run) run.n = (run.n or 0) + 1 return run.n == 3 end },"
      "{ 'Never', every = '10ms', within = '50ms', hold = function() return false, 'still red' end }");
  EXPECT_TRUE(exits(outcome, 4));
  EXPECT_TRUE(contains(outcome.err, "did not hold within 0.05s: still red"));
}

TEST_F(RunbookTest, ThePlainScriptRefusesTheFlagsOfRunbooks) {
  project.write("scripts/task.lua", "return 1");
  const Outcome outcome = project.tide({"run", "task", "--resume"});
  EXPECT_TRUE(exits(outcome, 2));
  EXPECT_TRUE(contains(outcome.err, "--resume is for runbooks"));
}

TEST_F(RunbookTest, TheTemplateRuns) {
  EXPECT_TRUE(exits(project.tide({"new", "--runbook", "Move house"}), 0));
  project.write("migrations/1_a.lua", creates("a"));
  const Outcome outcome = project.tide({"run", "move_house", "--yes"});
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_EQ(project.applied(), "1");
  EXPECT_TRUE(contains(project.tide({"report", "last", "--html"}).out, "<svg"));
}

}  // namespace
}  // namespace tide::test
