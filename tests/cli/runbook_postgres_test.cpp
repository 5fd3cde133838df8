#include <csignal>

#include "cli/runbook_fixture.h"
#include "support/pg_cluster.h"

namespace tide::test {
namespace {

class RunbookPostgres : public testing::Test, public RunbookFixture {
 protected:
  RunbookPostgres() : RunbookFixture(Engine::kPostgres) {}
  // What the preflight says of these needs.
  Outcome ask(const std::string& needs, const Args& more = {}) const {
    return run_book("preflight = function(run) " + needs + " end, phases = { { 'Do', { 'Go', up = function() end } } }",
                    more);
  }
};

TEST_F(RunbookPostgres, SaysWhichPrivilegesAreMissing) {
  const std::string role = "limited_" + std::to_string(getpid());
  project.value("CREATE TABLE users (id integer)");
  project.value("CREATE ROLE " + role + " LOGIN");
  project.value("GRANT SELECT ON users TO " + role);
  project.value("REVOKE CREATE ON SCHEMA public FROM PUBLIC");
  std::string url = project.url();
  url.replace(url.find("postgres@"), 8, role);
  project.write("tide.toml", "default_env = \"dev\"\n[env.dev]\nurl = \"" + project.url() + "\"\n[env.app]\nurl = \"" +
                                 url + "\"\n");
  const std::string needs =
      "run:need_privilege 'CREATE' run:need_privilege('SELECT', 'users') run:need_privilege('UPDATE', 'users') "
      "run:need_privilege('OWNER', 'users') run:need_privilege 'SUPERUSER' run:need_privilege 'TEMPORARY'";
  EXPECT_TRUE(exits(ask(needs), 0));
  const Outcome limited = ask(needs, {"--env", "app"});
  EXPECT_TRUE(exits(limited, 6));
  for (const char* part :
       {"4 of 6 checks do not hold", "the role may CREATE: it may not", "the role may UPDATE on users",
        "the role may OWNER on users: it does not own it", "the role may SUPERUSER"}) {
    EXPECT_TRUE(contains(limited.err, part));
  }
  project.value("DROP OWNED BY " + role);
  project.value("DROP ROLE " + role);
}

TEST_F(RunbookPostgres, CountsTheConnectionsThatAreFree) {
  EXPECT_TRUE(exits(ask("run:need_connection_slots(2)"), 0));
  const Outcome outcome = ask("run:need_connection_slots(100000)");
  EXPECT_TRUE(exits(outcome, 6));
  EXPECT_TRUE(contains(outcome.err, "100000 connections are free: "));
  project.value("ALTER DATABASE " + project.value("SELECT current_database()") + " CONNECTION LIMIT 4");
  EXPECT_TRUE(contains(ask("run:need_connection_slots(4)").err, "4 connections are free: 3 are"));
}

TEST_F(RunbookPostgres, NamesWhoHoldsATransactionOpen) {
  EXPECT_TRUE(exits(ask("run:no_blocking_transactions '1ms'"), 0));
  const Outcome outcome =
      ask("local other = run:connect 'dev' other:transaction(function() other:value 'SELECT 1' time.sleep '20ms' "
          "run:no_blocking_transactions '1ms' run:no_blocking_transactions '1h' end)");
  EXPECT_TRUE(exits(outcome, 6));
  EXPECT_TRUE(contains(outcome.err, "1 of 2 checks do not hold"));
  EXPECT_TRUE(contains(outcome.err, " of postgres is idle in transaction for "));
}

TEST_F(RunbookPostgres, WantsABackupThatHolds) {
  project.value("CREATE TABLE users (id integer)");
  const std::string need = "run:need_backup { max_age = '24h', level = 'hash' }";
  const Outcome none = ask(need);
  EXPECT_TRUE(exits(none, 6));
  EXPECT_TRUE(contains(none.err, "there is a backup that holds: "));
  EXPECT_TRUE(exits(project.tide({"backup", "create"}), 0));
  EXPECT_TRUE(exits(ask(need), 0));
}

TEST_F(RunbookPostgres, GoesOnWhenAStepLostTheConnection) {
  const std::string steps = R"({ 'Lose it', up = function(run)
      local gone = run.db:value 'SELECT pg_backend_pid()'
      local other = run:connect 'dev'
      other:value('SELECT pg_terminate_backend($1)', gone)
      other:close()
      pcall(function() run.db:value 'SELECT 1' end)
    end, verify = function(run) return run.db:value 'SELECT 1' == 1 end },
    { 'Lose it again', up = function(run) pcall(function() run.db:value 'SELECT pg_terminate_backend(pg_backend_pid())' end) end },
    { 'Use it', up = function(run) run.db:execute 'CREATE TABLE made (i integer)' end })";
  const Outcome outcome = run_steps(steps);
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(contains(outcome.err, "the connection was lost: connecting anew"));
  EXPECT_EQ(project.tables(), "made");
}

TEST_F(RunbookPostgres, WaitsForAServerThatIsRestarted) {
  write_book(R"(phases = { { 'Do', { 'Look', up = function(run) run.db:value 'SELECT 1' log.info 'restart now' end },
    { 'The server was restarted', every = '50ms', within = '20s',
      hold = function(run) return run.db:value "SELECT pg_postmaster_start_time() > '@'::timestamptz" == true end } } })");
  const std::string before = project.value("SELECT pg_postmaster_start_time()");
  std::string text = project.read("scripts/task.lua");
  text.replace(text.find('@'), 1, before);
  project.write("scripts/task.lua", text);
  Process process(project.command({"run", "task"}));
  EXPECT_TRUE(process.wait_for("The server was restarted"));
  shared_cluster().restart();
  EXPECT_TRUE(exits(process.wait(), 0));
}

}  // namespace
}  // namespace tide::test
