#include "cli/runbook_fixture.h"
#include "support/http_server.h"
#include "sys/digest.h"

namespace tide::test {
namespace {

class RunbookSteps : public testing::Test, public RunbookFixture {};

const char* const kMaintenance =
    "{ 'On', always_down = true, up = function() fs.write('on', '') end, down = function() fs.remove 'on' end },";

TEST_F(RunbookSteps, OfAnIncludedRunbookRunInItsPlace) {
  project.write("lib/shared.lua", R"(local runbook = require 'tide.runbook'
    return runbook { title = 'Shared', inputs = { app = { default = 'web' } }, follow_up = { 'Look again' },
      preflight = function(run) run:need(run.inputs.app == 'web', 'the application is web') end,
      phases = { { 'Shared phase', { 'Inner', up = function(run) run.inner = run.inputs.app end } } },
      success = { { 'inner is kept', function(run) return run.inner == 'web' end } } })");
  const std::string text =
      "phases = { { 'First', { 'A', up = function() end } }, require 'shared', "
      "{ 'Last', { 'B', up = function(run) log.info('inner is ' .. run.inner) end } } }";
  const Outcome outcome = run_book(text);
  EXPECT_TRUE(exits(outcome, 0));
  for (const char* part : {"1 checks hold", "2.1 Inner", "3.1 B", "inner is web", "holds: inner is kept"}) {
    EXPECT_TRUE(contains(outcome.err, part));
  }
  EXPECT_TRUE(contains(report(), "- [ ] Look again"));
  const Outcome refused = run_book(text, {"--set", "app=api"});
  EXPECT_TRUE(exits(refused, 6));
  EXPECT_TRUE(contains(refused.err, "the application is web"));
}

TEST_F(RunbookSteps, AreNotBegunByAResumeOfARunThatWasRefused) {
  const std::string text =
      "preflight = function(run) run:need(fs.exists 'ready', 'it is ready') end,\n"
      "phases = { { 'Do', { 'A', up = function() fs.remove 'ready' end }, { 'B', up = function() if not fs.exists 'go' "
      "then "
      "error 'no' end end } } }";
  EXPECT_TRUE(exits(run_book(text), 6));
  EXPECT_TRUE(exits(project.tide({"run", "task", "--resume"}), 6));
  project.write("ready", "");
  EXPECT_TRUE(exits(project.tide({"run", "task", "--resume"}), 1));
  project.write("go", "");
  const Outcome resumed = project.tide({"run", "task", "--resume"});
  EXPECT_TRUE(exits(resumed, 0));
  EXPECT_TRUE(contains(resumed.err, "warn: preflight: it is ready"));
  EXPECT_TRUE(contains(report(), "- [x] it is ready"));
}

TEST_F(RunbookSteps, EndWhatAnEarlierOneBegan) {
  const Outcome outcome = run_steps(
      std::string(kMaintenance) + "{ 'Off', ends = 'On' }, { 'After', up = function() log.info(fs.exists 'on') end }");
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(contains(outcome.err, "\n  false\n"));
  EXPECT_TRUE(lacks(outcome.err, "1.1 On: down"));
}

TEST_F(RunbookSteps, BehindThePointOfNoReturnAreRevertedOnRequestOnly) {
  const std::string steps =
      "{ 'A', up = function() fs.write('a', '') end, down = function() fs.remove 'a' end }, { 'Past', "
      "point_of_no_return = true, up = function() end }, { 'Bad', up = function() error 'no' end }";
  const Outcome kept = run_steps(steps, {"--on-failure", "revert"});
  EXPECT_TRUE(exits(kept, 6));
  EXPECT_TRUE(contains(kept.err, "the point of no return was passed with step 1.2 Past"));
  EXPECT_TRUE(project.has("a"));
  EXPECT_TRUE(exits(project.tide({"run", "task", "--revert", "last", "--yes"}), 0));
  EXPECT_FALSE(project.has("a"));
}

TEST_F(RunbookSteps, ThatAreIrreversibleStopTheWayBack) {
  const Outcome outcome = run_steps(
      "{ 'A', up = function() fs.write('a', '') end, down = function() fs.remove 'a' end }, { 'Mail', irreversible = "
      "'mail was sent', up = function() end }, { 'Bad', up = function() error 'no' end }",
      {"--on-failure", "revert"});
  EXPECT_TRUE(exits(outcome, 1));
  EXPECT_TRUE(contains(outcome.err, "1.2 Mail cannot be taken back: mail was sent"));
  EXPECT_TRUE(project.has("a"));
}

TEST_F(RunbookSteps, KeepAsEvidenceWhatProgramsServersAndQueriesAnswer) {
  const std::string url = shared_http_server().url("/headers");
  const Outcome outcome = run_steps(R"lua({ 'Look', up = function(run)
      run:evidence('printed', shell.run { 'printf', 'a \\377' })
      log.info('status ' .. run:evidence('answered', http.get ')lua" +
                                    url + R"lua(').status)
      run:evidence('found', run.db:query "SELECT 7 AS a, x'41ff' AS b")
      run:evidence('nothing', nil)
    end })lua");
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(contains(outcome.err, "status 200"));
  const std::string text = report();
  for (const char* part : {R"("out": "a \\xFF")", R"(| 7 | A\xFF |)", "\"status\": 200", R"("set-cookie": "***")"}) {
    EXPECT_TRUE(contains(text, part));
  }
  EXPECT_TRUE(lacks(project.read(journal()), "Path=/"));
  const Outcome refused = run_steps("{ 'Look', up = function(run) local t = {} t.t = t run:evidence('t', t) end }");
  EXPECT_TRUE(exits(refused, 2));
  EXPECT_TRUE(contains(refused.err, "run:evidence: t cannot be written as JSON"));
}

struct Branch {
  const char* answer;
  int code;
  const char* said;
};

TEST_F(RunbookSteps, ThatFailFollowTheBranchOfTheirOwnAndThenOfTheRunbook) {
  for (const Branch& branch : {Branch{"'done', 'was there'", 0, "1.3 Next"},
                               {"'skip'", 0, "1.3 Next"},
                               {"'revert'", 1, "1.2 Bad has no down"},
                               {"'stop'", 1, "--resume"},
                               {"'again'", 2, "on_error returns"},
                               {"error 'twice'", 1, "twice"},
                               {"nil", 0, "1.3 Next"}}) {
    SCOPED_TRACE(branch.answer);
    const std::string body =
        std::string(branch.answer).find("error") == 0 ? branch.answer : std::string("return ") + branch.answer;
    const Outcome outcome = run_book(
        "on_error = function(run, failure, title) return 'skip', title .. ': ' .. failure.kind end,\n phases = { { "
        "'Do', " +
        std::string(kMaintenance) + "{ 'Bad', up = function() error 'no' end, on_error = function(run, failure) " +
        body + " end }, { 'Next', up = function() end } } }");
    EXPECT_TRUE(exits(outcome, branch.code));
    EXPECT_TRUE(contains(outcome.err, branch.said));
    EXPECT_FALSE(project.has("on"));
  }
  EXPECT_TRUE(contains(report(), "Bad: lua"));
}

TEST_F(RunbookSteps, AreRetriedByTheirBranchAndNotForEver) {
  const std::string step =
      "{ 'Flaky', retry_pause = '1ms', on_error = function() return 'retry' end, "
      "up = function(run) run.n = (run.n or 0) + 1 if run.n < ";
  EXPECT_TRUE(exits(run_steps(step + "3 then error 'no' end end }"), 0));
  EXPECT_TRUE(contains(report(), "3 tries"));
  EXPECT_TRUE(exits(run_steps(step + "100 then error 'no' end end }"), 1));
  EXPECT_TRUE(contains(report(), "on_error asked for a retry more than 20 times"));
}

TEST_F(RunbookSteps, AreRemindedAndMeasuredAgainstTheBudgetOfPhaseAndRun) {
  const Outcome outcome = run_book(
      "budget = '30ms', timers = { { 'Post a status', every = '100ms' } }, phases = { { 'Slow', budget = '50ms', "
      "{ 'Pause', up = function(run) run:pause '150ms' end } }, { 'Quick', budget = '10s', { 'Go', up = function() end "
      "} } }");
  EXPECT_TRUE(exits(outcome, 0));
  for (const char* part :
       {"reminder: Post a status", "phase 1 has used up its budget of 0.05s", "the run has used up"}) {
    EXPECT_TRUE(contains(outcome.err, part));
  }
  EXPECT_TRUE(lacks(outcome.err, "phase 2"));
  EXPECT_TRUE(contains(report(), "Post a status"));
  EXPECT_TRUE(contains(report(), "phase 1 has used up its budget of 50 ms"));
}

TEST_F(RunbookSteps, WhoseDownHangsAreSaidToBeOnAndFailTheRun) {
  const Outcome outcome = run_steps(
      "{ 'On', timeout = '200ms', always_down = true, up = function() end, down = function() time.sleep '60s' end }");
  EXPECT_TRUE(exits(outcome, 4));
  EXPECT_TRUE(contains(outcome.err, "\"On\" is STILL ON"));
  EXPECT_TRUE(contains(outcome.err, "timed out"));
}

TEST_F(RunbookSteps, WhoseDownHangsEndTheWayBack) {
  const Outcome outcome =
      run_steps(std::string(kMaintenance) +
                    "{ 'Slow', timeout = '200ms', up = function() error 'no' end, down = function() "
                    "time.sleep '60s' end }",
                {"--on-failure", "revert"});
  EXPECT_TRUE(exits(outcome, 4));
  EXPECT_TRUE(contains(outcome.err, "down failed: timed out"));
  EXPECT_FALSE(project.has("on"));
}

// A step's programs have no terminal of their own, and find that of tide by its name.
TEST_F(RunbookSteps, ThatChangeTheTerminalDoNotLeaveItSo) {
  write_book(R"(phases = { { 'Do', { 'Change', up = function()
      shell.sh "stty -F /proc/$PPID/fd/2 -echo -icanon; stty -a -F /proc/$PPID/fd/2 >changed"
    end }, { 'Look', up = function() shell.sh "stty -a -F /proc/$PPID/fd/2 >after" end } } })");
  Command command = project.command({"run", "task"});
  command.terminal = true;
  EXPECT_TRUE(exits(run(command), 0));
  EXPECT_TRUE(contains(project.read("changed"), " -echo "));
  EXPECT_TRUE(contains(project.read("after"), " echo "));
  EXPECT_TRUE(contains(project.read("after"), " icanon"));
}

// A terminal emulator that is closed: the other end of the terminal goes, the kernel sends SIGHUP, and nothing can be
// written any more.
TEST_F(RunbookSteps, WhoseTerminalGoesAwayAreTidiedUp) {
  write_book("phases = { { 'Do', " + std::string(kMaintenance) +
             "{ 'Wait', up = function() log.info 'waiting now' time.sleep '60s' end } } }");
  Command command = project.command({"run", "task"});
  const char* const close_it = R"(import os, pty, sys
child, terminal = pty.fork()
if child == 0: os.execv(sys.argv[1], sys.argv[1:])
seen = b''
while b'waiting now' not in seen: seen += os.read(terminal, 4096)
os.close(terminal)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])))";
  command.argv.insert(command.argv.begin(), {"python3", "-c", close_it});
  EXPECT_EQ(run(command).out, "130\n");
  EXPECT_FALSE(project.has("on"));
  EXPECT_TRUE(contains(project.read(journal()), "\"state\":\"interrupted\""));
}

TEST_F(RunbookSteps, OfATruncatedJournalAreToldApart) {
  EXPECT_TRUE(exits(run_steps("{ 'One', up = function() end }, { 'Two', up = function() error 'no' end }"), 1));
  const std::string whole = project.read(journal());
  project.write(journal(), "");
  Outcome outcome = project.tide({"run", "task", "--resume"});
  EXPECT_TRUE(exits(outcome, 4));
  EXPECT_TRUE(contains(outcome.err, "has no beginning"));
  project.write(journal(), whole.substr(whole.find('\n') + 1));
  outcome = project.tide({"run", "task", "--resume"});
  EXPECT_TRUE(exits(outcome, 4));
  EXPECT_TRUE(contains(outcome.err, "the journal was changed"));
  EXPECT_TRUE(contains(project.tide({"report"}).out, "changed"));
}

TEST_F(RunbookSteps, OfAJournalOfAnotherVersionAreRefused) {
  EXPECT_TRUE(exits(run_steps("{ 'Two', up = function() error 'no' end }"), 1));
  std::string entry = project.read(journal());
  entry = entry.substr(0, entry.find('\n'));
  entry = entry.substr(entry.find("\"entry\":") + 8);
  entry.pop_back();
  const std::size_t at = entry.find("\"format\":1");
  ASSERT_NE(at, std::string::npos);
  entry.replace(at, 10, "\"format\":7");
  Sha256 hash;
  hash.update(std::string(64, '0'));
  hash.update(entry);
  project.write(journal(), "{\"hash\":\"" + hash.hex() + "\",\"entry\":" + entry + "}\n");
  const Outcome outcome = project.tide({"run", "task", "--resume"});
  EXPECT_TRUE(exits(outcome, 2));
  EXPECT_TRUE(contains(outcome.err, "this one cannot read it"));
}

}  // namespace
}  // namespace tide::test
