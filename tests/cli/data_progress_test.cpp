#include <signal.h>

#include <sstream>

#include "cli/project.h"

namespace tide::test {
namespace {

constexpr const char* kPeople = R"lua(
db:execute "CREATE TABLE people (id integer PRIMARY KEY, age integer)"
db:execute("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < CAST($1 AS integer)) "
  .. "INSERT INTO people SELECT i, 0 FROM n", tonumber(arg.rows))
)lua";

class DataProgressTest : public OnEngine {
 protected:
  void make(int rows, const std::string& options) {
    project.write("scripts/make.lua", kPeople);
    ASSERT_TRUE(exits(project.tide({"run", "make", "--set", "rows=" + std::to_string(rows)}), 0));
    project.write("scripts/fix.lua",
                  "return require('tide.data').transform(db, { table = 'people', columns = { 'age' }, " + options +
                      ", change = function(row) row.age = row.age + 1 end })");
  }
  static std::vector<Json> events_in(const std::string& text) {
    std::vector<Json> events;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      if (!line.empty() && line[0] == '{') events.push_back(Json::parse(line));
    }
    return events;
  }
  std::string sum() const { return project.value("SELECT sum(age) FROM people"); }
};
TIDE_ON_BOTH_ENGINES(DataProgressTest);

TEST_P(DataProgressTest, WithJsonProgressIsAnEventALine) {
  make(1000, "batch = 100, pause = '100ms'");
  Process process(project.command({"run", "fix", "--json"}));
  ASSERT_TRUE(process.wait_for("\"progress\""));
  ASSERT_TRUE(exits(project.tide({"pause", "1"}), 0));
  ASSERT_TRUE(process.wait_for("\"waiting\":\"paused by "));
  ASSERT_TRUE(exits(project.tide({"resume", "1"}), 0));
  const Outcome outcome = process.wait();
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_EQ(parse_json(outcome.out)["result"]["changed"], 1000);
  const std::vector<Json> events = events_in(outcome.err);
  ASSERT_GE(events.size(), 3U);
  EXPECT_LE(events.size(), 15U) << "at most one a second, and where it waits and goes on";
  std::int64_t rows = 0;
  for (const Json& event : events) {
    EXPECT_EQ(event["event"], "progress");
    EXPECT_EQ(event["run"], 1);
    EXPECT_EQ(event["total"], 1000);
    EXPECT_EQ(event["conflicts"], 0);
    EXPECT_EQ(event["errors"], 0);
    EXPECT_GE(event["rows"], rows);
    rows = event["rows"];
    for (const char* name : {"label", "done", "changed", "rate", "remaining_seconds", "waiting"}) {
      EXPECT_TRUE(event.contains(name)) << name;
    }
  }
  EXPECT_EQ(events.back()["changed"], 1000);
  EXPECT_TRUE(events.back()["rate"].is_number());
  EXPECT_TRUE(events.back()["remaining_seconds"].is_null());
  EXPECT_TRUE(events.back()["waiting"].is_null());
  EXPECT_TRUE(lacks(outcome.err, "people  100%"));
}

TEST_P(DataProgressTest, OnATerminalItIsOneLineThatSaysWhatIsWaitedFor) {
  make(1000, "batch = 100, pause = '200ms', throttle = { flag = '" + std::string(150, 'x') + "' }");
  Command command = project.command({"run", "fix"});
  command.terminal = true;
  Process process(command);
  ASSERT_TRUE(process.wait_for("left"));
  project.write(std::string(150, 'x'), "");
  ASSERT_TRUE(process.wait_for("(waiting: xxx"));
  project.remove(std::string(150, 'x'));
  const Outcome outcome = process.wait();
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(contains(outcome.out, "people  [########################] 100% 1,000/1,000"));
  const auto bar = outcome.out.find("(waiting: xxx");
  const auto end = outcome.out.find('\r', bar);
  const auto begin = outcome.out.rfind('\r', bar);
  EXPECT_LE(end - begin, 130U) << "a line that is wider than the terminal is drawn below the last one";
}

TEST_P(DataProgressTest, OffATerminalThereAreAFewPlainLines) {
  make(4000, "batch = 20");
  const Outcome outcome = project.tide({"run", "fix"});
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_LE(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 16);
  EXPECT_TRUE(contains(outcome.err, "people  100% 4,000/4,000"));
}

TEST_P(DataProgressTest, ARunThatNobodyWorksOnIsShownAsStopped) {
  make(1000, "batch = 50, pause = '100ms'");
  Process process(project.command({"run", "fix"}));
  ASSERT_TRUE(process.wait_for("people  "));
  EXPECT_EQ(project.json({"runs", "1"})["workers"], 1);
  process.signal(SIGKILL);
  process.wait();
  for (int i = 0; i < 50 && project.json({"runs", "1"})["state"] != "stopped"; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  const Json run = project.json({"runs", "1"});
  EXPECT_EQ(run["state"], "stopped");
  EXPECT_EQ(run["workers"], 0);
  EXPECT_TRUE(contains(project.tide({"runs"}).out, "stopped"));
}

TEST_P(DataProgressTest, MoreThanExpectedAreNotWrittenByHoweverManyWorkers) {
  make(11000, "batch = 500, workers = 2, expect = { max = 6000 }");
  const Outcome outcome = project.tide({"run", "fix"});
  EXPECT_TRUE(exits(outcome, 4));
  EXPECT_TRUE(contains(outcome.err, "people: more rows would change than expect.max = 6000"));
  EXPECT_LE(std::stoi(sum()), 6000);
  EXPECT_TRUE(
      contains(outcome.err, "stands at its checkpoint: " + sum() + " rows done, " + sum() + " of them changed"));
  EXPECT_EQ(project.json({"runs", "1"})["changed"], std::stoi(sum()));
  EXPECT_EQ(project.json({"runs", "1"})["state"], "failed");
}

TEST_P(DataProgressTest, FewerThanExpectedAreSaidAtTheEnd) {
  make(11000, "batch = 5000, where = 'id <= 10500', expect = { min = 10501 }");
  const Outcome outcome = project.tide({"run", "fix"});
  EXPECT_TRUE(exits(outcome, 4));
  EXPECT_TRUE(contains(outcome.err, "expect.min = 10501"));
}

TEST_P(DataProgressTest, AFunctionThatNeverEndsOrTakesAllMemoryIsStopped) {
  make(1500, "batch = 500, pause = 0");
  project.write(
      "scripts/fix.lua",
      "require('tide.data').transform(db, { table = 'people', columns = { 'age' }, change = function(row) row.age = "
      "1 if row.id == 1200 then log.warn 'now' while true do end end end })");
  Process process(project.command({"run", "fix"}));
  ASSERT_TRUE(process.wait_for("now"));
  process.signal(SIGINT);
  const Outcome stopped = process.wait();
  EXPECT_TRUE(exits(stopped, 130));
  EXPECT_TRUE(contains(stopped.err, "stands at its checkpoint"));
  const std::string before = sum();
  EXPECT_NE(before, "1500");
  project.write(
      "scripts/fix.lua",
      "require('tide.data').transform(db, { table = 'people', columns = { 'age' }, where = 'age = 0', change = "
      "function(row) row.age = 1 if row.id == 1200 then local t = {} while true do t[#t + 1] = ('x'):rep(1e5) .. "
      "#t end end end })");
  project.tide({"runs", "--abandon", "1"});
  const Outcome outcome = project.tide({"run", "fix", "--memory-limit", "64MB"});
  EXPECT_TRUE(exits(outcome, 1));
  EXPECT_TRUE(contains(outcome.err, "people (id = 1200): not enough memory"));
}

}  // namespace
}  // namespace tide::test
