#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <memory>

#include "cli/project.h"

namespace tide::test {
namespace {

class ShellTest : public testing::Test {
 protected:
  Outcome run_script(const std::string& text, Args args = {}, const Env& env = {}) {
    project.write("scripts/job.lua", text);
    args.insert(args.begin(), {"run", "job"});
    return project.tide(args, env);
  }
  Project project;
};

TEST_F(ShellTest, OutputArrivesLineByLineWhileTheProgramRuns) {
  project.write("scripts/job.lua", "shell.sh [[echo first; echo second >&2; sleep 20]]");
  Process process(project.command({"run", "job", "-v"}));
  EXPECT_TRUE(process.wait_for("sh | first"));
  EXPECT_TRUE(process.wait_for("sh | second"));
  process.signal(SIGTERM);
  EXPECT_TRUE(exits(process.wait(), 130));
}

TEST_F(ShellTest, TheLogHoldsEveryCommandAndWhatItPrinted) {
  const Outcome outcome = run_script(R"(shell.run { 'printf', [[a\nb\rc\377\n]] })", {"--log-file", "run.log"});
  EXPECT_TRUE(exits(outcome, 0));
  const std::string log = project.read("run.log");
  for (const char* line : {"printf out: a\n", "printf out: b\n", "printf out: c\\xff\n", "shell: printf 'a\\nb"}) {
    EXPECT_TRUE(contains(log, line)) << log;
  }
}

TEST_F(ShellTest, AFailureIsShownWithTheCommandAndItsLastWords) {
  const Outcome outcome = run_script("local x = 1\nshell.run { 'sh', '-c', 'echo no such region >&2; exit 3' }");
  EXPECT_TRUE(exits(outcome, 1));
  EXPECT_TRUE(contains(outcome.err, "`sh -c 'echo no such region >&2; exit 3'` exited with code 3"));
  EXPECT_TRUE(contains(outcome.err, "DETAIL: no such region"));
  EXPECT_TRUE(contains(outcome.err, "scripts/job.lua:2"));
}

TEST_F(ShellTest, AFailureInJsonHasTheLastWordsAsDetail) {
  const Outcome outcome = run_script("shell.sh 'echo caf\\233 >&2; exit 3'", {"--json"});
  const Json error = parse_json(outcome.out)["error"];
  EXPECT_EQ(error["kind"], "io");
  EXPECT_EQ(error["detail"], "caf\\xe9");
}

TEST_F(ShellTest, ASecretIsMaskedInCommandsOutputErrorsAndTheLog) {
  // what quoting changes, and what a line of its own would show half of
  for (const std::string secret : {"hunter2-long", "it's \"$hunter2\" `x`", "hunter2-one-one\nhunter2-two-two"}) {
    const std::string script =
        "local key = secret 'API_KEY'\n"
        "shell.run { 'sh', '-c', 'printf \"%s\\\\n\" \"$1\"; echo; printf \"no %s\\\\n\" \"$1\" >&2', 'sh', key }\n"
        "shell.run({ 'sh', '-c', 'echo \"$KEY\"' }, { env = { KEY = key } })\n"
        "shell.sh('echo failed with \"$KEY\" >&2; exit 1 # ' .. key, { env = { KEY = key } })";
    for (const Args& flags : {Args{"-v", "--log-file", "run.log"}, Args{"--json"}}) {
      const Outcome outcome = run_script(script, flags, {{"API_KEY", secret}});
      EXPECT_TRUE(exits(outcome, 1));
      EXPECT_TRUE(contains(outcome.all(), "***"));
      EXPECT_TRUE(lacks(outcome.all(), "hunter2")) << secret;
    }
    EXPECT_TRUE(lacks(project.read("run.log"), "hunter2")) << secret;
    project.remove("run.log");
  }
}

TEST_F(ShellTest, ADryRunRecordsAndRunsNothing) {
  const Outcome outcome = run_script(
      "local made = shell.run({ 'touch', 'made' }, { stdout_file = 'out' })\n"
      "assert(made.recorded and made.code == 0 and made.out == '' and made.err == '')\n"
      "assert(shell.sh('no-such-program').recorded)\n"
      "local piped = shell.pipe { { 'touch', 'made' }, { 'cat' } }\n"
      "assert(piped.recorded and piped.code == 0 and #piped.commands == 2)",
      {"--dry-run"});
  EXPECT_TRUE(exits(outcome, 0)) << outcome.err;
  EXPECT_TRUE(contains(outcome.err, "touch made  (dry run, not done)"));
  EXPECT_TRUE(contains(outcome.err, "touch made | cat  (dry run, not done)"));
  EXPECT_FALSE(project.has("made") || project.has("out"));
}

TEST_F(ShellTest, APlanRecordsTheCommandsOfAMigrationAndUpRunsThem) {
  project.write("migrations/20250101000001_one.lua", lua_migration("shell.run { 'touch', 'made' }"));
  EXPECT_TRUE(contains(project.tide({"plan", "--sql"}).all(), "touch made"));
  EXPECT_FALSE(project.has("made"));
  EXPECT_TRUE(exits(project.tide({"up"}), 0));
  EXPECT_TRUE(project.has("made"));
}

TEST_F(ShellTest, AMigrationWhoseCommandFailsIsRolledBack) {
  project.write("migrations/20250101000001_one.lua",
                lua_migration("db:execute 'CREATE TABLE one (n integer)'\nshell.run { 'false' }"));
  const Outcome outcome = project.tide({"up"});
  EXPECT_TRUE(exits(outcome, 1));
  EXPECT_TRUE(contains(outcome.err, "`false` exited with code 1"));
  EXPECT_EQ(project.tables() + project.applied(), "");
}

TEST_F(ShellTest, AProgramSeesOnlyTheVariablesItIsGiven) {
  project.write(".env", "FROM_DOTENV=yes\n");
  const Outcome outcome = run_script(
      "local function seen(options) return shell.run({ 'env' }, options).out end\n"
      "assert(not seen():find 'FROM_DOTENV' and not seen():find 'OURS')\n"
      "assert(seen({ env = { 'FROM_DOTENV', 'OURS' } }):find 'FROM_DOTENV=yes')\n"
      "assert(seen({ env = { 'FROM_DOTENV', 'OURS' } }):find 'OURS=1')\n"
      "assert(seen({ inherit_env = true }):find 'OURS=1')",
      {}, {{"OURS", "1"}});
  EXPECT_TRUE(exits(outcome, 0)) << outcome.err;
}

TEST_F(ShellTest, CtrlCReachesTheProgramWhichMayCleanUpAndTheScriptGetsTheError) {
  project.write("scripts/job.lua",
                "local ok, failure = pcall(shell.sh, [[trap 'echo cleaned up; exit' INT\n"
                "echo now inside; while :; do sleep 0.05; done]])\n"
                "log.info(tostring(ok), failure.kind)");
  Process process(project.command({"run", "job", "-v"}));
  EXPECT_TRUE(process.wait_for("now inside"));
  process.signal(SIGINT);
  const Outcome outcome = process.wait();
  EXPECT_TRUE(exits(outcome, 130));
  EXPECT_TRUE(contains(outcome.err, "cleaned up"));
}

TEST_F(ShellTest, CtrlCEndsAllThatTheProgramHadStarted) {
  project.write("scripts/job.lua", "shell.sh 'sleep 100 & echo $! > pid; sleep 100 & echo now inside; wait'");
  Process process(project.command({"run", "job", "-v"}));
  EXPECT_TRUE(process.wait_for("now inside"));
  process.signal(SIGTERM);
  EXPECT_TRUE(exits(process.wait(), 130));
  const Outcome left =
      run({.argv = {"sh", "-c",
                    "grep -v ') Z' /proc/" + std::to_string(std::atoi(project.read("pid").c_str())) + "/stat"}});
  EXPECT_EQ(left.out, "");
}

TEST_F(ShellTest, AGigabyteOfOutputNeedsNoMemory) {
  project.write("scripts/job.lua",
                "local result = shell.run({ 'head', '-c', 1073741824, '/dev/zero' }, { capture_limit = 65536 })\n"
                "assert(result.truncated and #result.out < 70000)\n");
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "takes terabytes of addresses by itself";
#endif
  Command command = project.command({"run", "job"});
  // tide itself takes less than a tenth of this
  command.argv = {"sh", "-c", "ulimit -v 400000; exec \"$@\"", "sh", TIDE_BINARY, "run", "job"};
  command.timeout = std::chrono::minutes(5);
  EXPECT_TRUE(exits(run(command), 0));
}

TEST(ShellAndPostgres, AProgramGetsNoSocketOfTheDatabase) {
  Project project(Engine::kPostgres);
  project.write("scripts/job.lua",
                "db:execute 'SELECT 1'\n"
                "local open = shell.sh 'for i in $(seq 0 200); do [ -e /proc/$$/fd/$i ] && echo $i; done; true'\n"
                "assert(open.out == '0\\n1\\n2\\n', open.out)");
  const Outcome outcome = project.tide({"run", "job"});
  EXPECT_TRUE(exits(outcome, 0)) << outcome.err;
}

}  // namespace
}  // namespace tide::test
