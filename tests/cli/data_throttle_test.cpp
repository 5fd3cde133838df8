#include <thread>

#include "cli/project.h"
#include "support/http_server.h"

namespace tide::test {
namespace {

class DataThrottleTest : public OnEngine {
 protected:
  void SetUp() override {
    project.write("scripts/make.lua",
                  "db:execute 'CREATE TABLE people (id integer PRIMARY KEY, age integer)'\n"
                  "db:execute 'CREATE TABLE gate (shut integer)' db:execute 'INSERT INTO gate VALUES (1)'\n"
                  "db:execute [[WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600)"
                  " INSERT INTO people SELECT i, 0 FROM n]]");
    ASSERT_TRUE(exits(project.tide({"run", "make"}), 0));
  }
  // A fix of the 600 rows in at least two batches.
  void write_fix(const std::string& throttle) {
    project.write("scripts/fix.lua",
                  "require('tide.data').transform(db, { table = 'people', columns = { 'age' }, "
                  "throttle = { " +
                      throttle + " }, change = function(row) row.age = row.age + 1 end })");
  }
  Outcome run_fix(const std::string& throttle) {
    write_fix(throttle);
    return project.tide({"run", "fix"});
  }
  std::string sum() const { return project.value("SELECT sum(age) FROM people"); }
  // Waits until `tide runs` says that the run waits, and why.
  std::string waiting() {
    for (int i = 0; i < 100; ++i) {
      const std::string why = project.json({"runs", "1"}).value("waiting", "");
      if (!why.empty()) return why;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return "";
  }
};
TIDE_ON_BOTH_ENGINES(DataThrottleTest);

TEST_P(DataThrottleTest, AQueryHoldsTheFixBackAndLetsItGo) {
  write_fix("unless = 'SELECT shut FROM gate'");
  Process process(project.command({"run", "fix"}));
  ASSERT_TRUE(process.wait_for("people: waiting, throttle.unless holds"));
  EXPECT_EQ(waiting(), "throttle.unless holds");
  EXPECT_TRUE(contains(project.tide({"runs"}).out, "running, waiting"));
  EXPECT_EQ(sum(), "0");
  project.value("UPDATE gate SET shut = 0");
  const Outcome outcome = process.wait();
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(contains(outcome.err, "people: goes on"));
  EXPECT_EQ(sum(), "600");
  EXPECT_EQ(project.json({"runs", "1"})["waiting"], "");
}

TEST_P(DataThrottleTest, AQueryThatCannotBeAskedStopsTheFixBeforeItsFirstWrite) {
  const std::pair<const char*, const char*> cases[] = {
      {"DELETE FROM people", "throttle.unless: "},
      {"SELECT nope FROM gate", "throttle.unless: "},
      {"SELECT 1; DELETE FROM people", "throttle.unless: several statements in one text"},
      {"SELECT 'maybe'", "throttle.unless: its first value is true or false, or a number, not \"maybe\""},
      {"COMMIT", "throttle.unless: a query with a value is wanted"},
  };
  for (const auto& [query, message] : cases) {
    const Outcome outcome = run_fix(std::string("unless = [[") + query + "]]");
    EXPECT_TRUE(outcome.code == 1 || outcome.code == 2) << query << outcome.err;
    EXPECT_TRUE(contains(outcome.err, message)) << query;
    EXPECT_EQ(project.value("SELECT count(*) FROM people WHERE age = 0"), "600") << query;
  }
}

TEST_P(DataThrottleTest, NoRowAndNullHoldNothingBack) {
  EXPECT_TRUE(exits(run_fix("unless = 'SELECT 1 FROM gate WHERE shut > 7'"), 0));
  EXPECT_TRUE(exits(run_fix("unless = 'SELECT max(shut) > 0 FROM gate WHERE shut > 7'"), 0));
  EXPECT_EQ(sum(), "1200");
}

TEST_P(DataThrottleTest, AHealthCheckThatFailsHoldsTheFixBack) {
  HttpServer& server = shared_http_server();
  const std::string path = "/flaky/" + engine_name({GetParam(), 0}) + "?times=1&status=503";
  const Outcome outcome = run_fix("http = '" + server.url(path) + "'");
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(contains(outcome.err, "people: waiting, throttle.http: GET " + server.url(path) + ": answered 503"));
  EXPECT_TRUE(contains(outcome.err, "people: goes on"));
  EXPECT_TRUE(lacks(outcome.err, "\n  http: ")) << "each look is no request of the script";
  EXPECT_EQ(sum(), "600");
}

TEST_P(DataThrottleTest, AWaitThatIsTooLongStopsAtTheCheckpoint) {
  const std::string nobody = shared_http_server().url("/", "closed");
  const Outcome outcome = run_fix("max_wait = '300ms', http = '" + nobody + "'");
  EXPECT_TRUE(exits(outcome, 3));
  EXPECT_TRUE(contains(outcome.err, "people: throttle.max_wait has passed: throttle.http: GET "));
  EXPECT_TRUE(contains(outcome.err, "run 1 stands at its checkpoint"));
  EXPECT_TRUE(contains(project.tide({"runs"}).out, "stopped"));
  EXPECT_EQ(sum(), "0");
  EXPECT_TRUE(contains(run_fix("http = 'nonsense'").err, "throttle.http: \"nonsense\" is not a URL"));
}

TEST_P(DataThrottleTest, AFileHoldsTheFixBackAsLongAsItIsThere) {
  project.write("stop", "");
  write_fix("flag = 'stop'");
  Process process(project.command({"run", "fix"}));
  ASSERT_TRUE(process.wait_for("people: waiting, stop is there"));
  project.remove("stop");
  EXPECT_TRUE(exits(process.wait(), 0));
  EXPECT_EQ(sum(), "600");
  EXPECT_TRUE(
      contains(run_fix("flag = '/etc/passwd'").err, "throttle.flag: /etc/passwd is outside the project folder"));
}

TEST_P(DataThrottleTest, BatchesBecomeAsSmallAsTheTimeThatOneMayTake) {
  if (!project.on_postgres()) GTEST_SKIP() << "SQLite has no function that is slow";
  project.value("INSERT INTO people SELECT i, 0 FROM generate_series(601, 1200) i");
  project.value(
      "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.001); "
      "RETURN NEW; END $$");
  project.value("CREATE TRIGGER slow BEFORE UPDATE ON people FOR EACH ROW EXECUTE FUNCTION slow()");
  EXPECT_TRUE(exits(run_fix("max_batch = '50ms'"), 0));
  EXPECT_EQ(sum(), "1200");
  EXPECT_GE(std::stoi(project.value("SELECT sum(batches) FROM tide.ranges")), 10);
}

TEST_P(DataThrottleTest, WhatIsWrongWithAnOptionIsSaid) {
  EXPECT_TRUE(contains(run_fix("max_lag = 'soon'").err, "throttle.max_lag is a duration"));
  EXPECT_TRUE(contains(run_fix("max_wait = 'soon'").err, "throttle.max_wait is a duration"));
  EXPECT_TRUE(contains(run_fix("http = 7").err, "http"));
  if (project.on_postgres()) return;
  EXPECT_TRUE(contains(run_fix("max_lag = '5s'").err, "throttle.max_lag: only PostgreSQL has replicas"));
}

}  // namespace
}  // namespace tide::test
