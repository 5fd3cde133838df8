// tide.heroku over the CLI's stand-in: what it reads out of the CLI's answers, and how it fails.

#include "runbooks/heroku_app.h"

namespace tide::test {
namespace {

class HerokuProvider : public testing::Test {
 protected:
  // The value of a Lua expression over `heroku`.
  Json value(const std::string& expression) {
    const Outcome outcome = run_script("return { value = " + expression + " }");
    EXPECT_TRUE(exits(outcome, 0));
    return parse_json(outcome.out)["value"];
  }
  Outcome run_script(const std::string& text) {
    app.project().write("scripts/look.lua", "local heroku = require 'tide.heroku'\n" + text + "\n");
    return app.tide({"run", "look"});
  }

  HerokuApp app{"heroku_first_deploy", "scripts/heroku_first_deploy/migrations", "whynot"};
};

TEST_F(HerokuProvider, ReadsWhatTheCliSaysOfTheApp) {
  EXPECT_EQ(value("heroku.whoami()"), "ann@kustodia.test");
  EXPECT_EQ(value("heroku.access 'whynot'"), Json({"ann@kustodia.test", "bob@kustodia.test"}));
  EXPECT_EQ(value("heroku.formation 'whynot'"), Json({{"web", "1:Standard-1X"}, {"worker", "2:Standard-1X"}}));
  EXPECT_EQ(value("#heroku.dynos 'whynot'"), 3);
  EXPECT_EQ(value("heroku.current_release('whynot').version"), 41);
  EXPECT_EQ(value("heroku.pg_info('whynot').Plan"), "Mini");
  EXPECT_EQ(value("heroku.in_maintenance 'whynot'"), false);
  app.set_state("log.txt", "one\ntwo\nthree\n");
  EXPECT_EQ(value("heroku.logs('whynot', { num = 2 })"), "two\nthree\n");
}

TEST_F(HerokuProvider, TellsBackupsThatAreComplete) {
  EXPECT_EQ(value("#heroku.backups 'whynot'"), 0);
  EXPECT_EQ(value("heroku.capture 'whynot'"), "b001");
  app.change_app(R"({"next_backup": "Failed"})");
  EXPECT_EQ(value("heroku.capture 'whynot'"), "b002");
  EXPECT_EQ(value("heroku.backups 'whynot'"),
            Json({{{"id", "b002"}, {"complete", false}}, {{"id", "b001"}, {"complete", true}}}));
  EXPECT_EQ(value("heroku.newer_backup('whynot', {})"), "b001");
  EXPECT_EQ(value("heroku.newer_backup('whynot', { { id = 'b001' } }) or 'none'"), "none");
  EXPECT_EQ(value("heroku.backup('whynot', 'b002').Status"), "Failed");
}

TEST_F(HerokuProvider, SchedulesABackup) {
  EXPECT_EQ(value("#heroku.backup_schedules 'whynot'"), 0);
  EXPECT_TRUE(exits(run_script("heroku.schedule_backups('whynot', '02:00 UTC')"), 0));
  EXPECT_EQ(value("heroku.backup_schedules('whynot')[1]"), Json({{"database", "DATABASE_URL"}, {"at", "2:00 UTC"}}));
  EXPECT_TRUE(exits(run_script("heroku.unschedule_backups 'whynot'"), 0));
  EXPECT_EQ(value("#heroku.backup_schedules 'whynot'"), 0);
}

TEST_F(HerokuProvider, FailsWithTheWordsOfTheCli) {
  Outcome outcome = run_script("heroku.maintenance_on 'another'");
  EXPECT_TRUE(exits(outcome, 1));
  EXPECT_TRUE(contains(outcome.err, "Couldn't find that app."));
  outcome = run_script("heroku.run('whynot', { 'exit 3' })");
  EXPECT_TRUE(exits(outcome, 1));
  EXPECT_TRUE(contains(outcome.err, "exited with code 3"));
  outcome = run_script("heroku.restore('whynot', 'b009')");
  EXPECT_TRUE(contains(outcome.err, "Backup b009 not found"));
  outcome = run_script("heroku.logs('whynot', { lines = 3 })");
  EXPECT_TRUE(exits(outcome, 2));
  outcome = run_script("heroku.maintenance_on()");
  EXPECT_TRUE(exits(outcome, 2));
  EXPECT_TRUE(contains(outcome.err, "heroku maintenance:on needs the app's name"));
}

// A provider with a flag that the real CLI does not have would fail here.
TEST_F(HerokuProvider, StandsOverACliThatRefusesUnknownFlags) {
  for (const char* command : {"'ps', '--jsno'", "'pg:backups:restore', '--force'",
                              "'maintenance:on', '--app', 'whynot', 'now'", "'pg:backups'", "'pg:drop'"}) {
    const Outcome outcome = run_script(std::string("shell.run { 'heroku', ") + command + " }");
    EXPECT_TRUE(exits(outcome, 1)) << command;
  }
}

}  // namespace
}  // namespace tide::test
