// The lie: a copy or an archiving is killed (SIGKILL) at an instant that nobody chose; others write to the rows that
// are archived. What must hold: no change of theirs is lost; a copied row has arrived once and as often as the
// checkpoint counts it, in a table that would take it twice; an archived row is always in one of the two tables, and
// within one database in exactly one.

#include <signal.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>

#include "cli/project.h"
#include "db/drivers.h"
#include "fault/dice.h"
#include "fault/killed.h"

namespace tide::test {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr const char* kRows = "6000";

constexpr const char* kMake = R"lua(
db:execute "CREATE TABLE events (id integer PRIMARY KEY, name text)"
db:execute("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6000) "
  .. "INSERT INTO events SELECT i, 'name ' || i FROM n")
)lua";

class DataMoveKillTest : public OnEngine {
 protected:
  void make_events(const Project& in) {
    in.write("scripts/make.lua", kMake);
    ASSERT_TRUE(exits(in.tide({"run", "make"}), 0));
  }
  static void execute(const Project& in, const std::string& sql) {
    in.write("scripts/sql.lua", "db:script [==[" + sql + "]==]");
    ASSERT_TRUE(exits(in.tide({"run", "sql"}), 0)) << sql;
  }
  void kill_within(microseconds longest) {
    kills += killed_after(project.command({"run", "fix"}), dice.up_to(longest)) ? 1 : 0;
  }
  std::string ranges() const { return project.on_postgres() ? "tide.ranges" : "tide_ranges"; }
  std::string last_state() const {
    return project.value(std::string("SELECT state FROM ") + (project.on_postgres() ? "tide.runs" : "tide_runs") +
                         " ORDER BY id DESC LIMIT 1");
  }

  std::string other_url() const { return other.on_postgres() ? other.url() : "sqlite:" + other.path("dev.db"); }

  Project other{GetParam()};
  Dice dice;
  int kills = 0;
};
TIDE_ON_BOTH_ENGINES(DataMoveKillTest);

TEST_P(DataMoveKillTest, EachRowIsCopiedOnceWhereverItWasKilled) {
  make_events(other);
  execute(project, "CREATE TABLE events (id integer, name text)");
  project.write("scripts/fix.lua",
                "require('tide.data').copy(db, { from = '" + other_url() + "', table = 'events', batch = 100 })");
  const microseconds longest = duration_of(project, {"run", "fix"});
  for (int round = 0; round < dice.rounds(3) && !HasFailure(); ++round) {
    execute(project, "DELETE FROM events");
    for (int kill = 0; kill < 4 && project.value("SELECT count(*) FROM events") != kRows; ++kill) {
      kill_within(longest);
      // one statement, since what the server was doing for the killed process may end a moment later
      EXPECT_EQ(project.value(
                    "SELECT CASE WHEN n = 0 THEN 'as counted' WHEN n = d AND n = (SELECT sum(rows) FROM " + ranges() +
                    " WHERE run = (SELECT max(run) FROM " + ranges() +
                    ")) THEN 'as counted' ELSE n || ' ' || d END FROM (SELECT count(*) AS n, count(DISTINCT id) AS d "
                    "FROM events) AS e"),
                "as counted");
    }
    // every kill may have come before the run began, and the last one while it compared
    if (project.value("SELECT count(*) FROM events") != kRows || last_state() != "done")
      finish(project, {"run", "fix"});
    EXPECT_EQ(project.value("SELECT count(DISTINCT id) || ' ' || count(*) FROM events WHERE name = 'name ' || id"),
              std::string(kRows) + " " + kRows);
  }
  EXPECT_GT(kills, 0) << "no kill has met a run at work";
}

TEST_P(DataMoveKillTest, ARowIsInExactlyOneTableWhereverItsArchivingWasKilled) {
  make_events(project);
  execute(project, "CREATE TABLE old_events (id integer, name text)");
  project.write(
      "scripts/fix.lua",
      "require('tide.data').archive(db, { table = 'events', to = 'old_events', where = 'true', batch = 100 })");
  const microseconds longest = duration_of(project, {"run", "fix"});
  const std::string all =
      "SELECT count(*) || ' ' || count(DISTINCT id) FROM (SELECT id FROM events UNION ALL SELECT id FROM "
      "old_events) AS e";
  const std::string whole = std::string(kRows) + " " + kRows;
  for (int round = 0; round < dice.rounds(3) && !HasFailure(); ++round) {
    execute(project, "INSERT INTO events SELECT * FROM old_events; DELETE FROM old_events");
    for (int kill = 0; kill < 4 && project.value("SELECT count(*) FROM events") != "0"; ++kill) {
      kill_within(longest);
      EXPECT_EQ(project.value(all), whole);
    }
    finish(project, {"run", "fix"});
    EXPECT_EQ(project.value("SELECT count(*) FROM events"), "0");
    EXPECT_EQ(project.value(all), whole);
  }
  EXPECT_GT(kills, 0) << "no kill has met a run at work";
}

TEST_P(DataMoveKillTest, ARowOnItsWayIntoAnotherDatabaseIsNeverInNeither) {
  make_events(project);
  execute(other, "CREATE TABLE old_events (id integer PRIMARY KEY, name text)");
  project.write("scripts/fix.lua", "require('tide.data').archive(db, { table = 'events', to = 'old_events', into = '" +
                                       other_url() + "', where = 'true', batch = 100 })");
  const microseconds longest = duration_of(project, {"run", "fix"});
  for (int round = 0; round < dice.rounds(3) && !HasFailure(); ++round) {
    execute(other, "DELETE FROM old_events");
    execute(project,
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6000) INSERT INTO events SELECT "
            "i, 'name ' || i FROM n");
    for (int kill = 0; kill < 4 && project.value("SELECT count(*) FROM events") != "0"; ++kill) {
      kill_within(longest);
      // rows go in the order of their ids: those here begin at or before the end of those there
      const std::string gone = project.value(
          "SELECT CASE WHEN coalesce(min(id), 6001) = 6001 - count(*) THEN 6000 - count(*) END FROM events");
      ASSERT_NE(gone, "") << "rows have gone out of their order";
      EXPECT_EQ(other.value("SELECT count(*) FROM old_events WHERE id <= " + gone + " AND name = 'name ' || id"), gone);
    }
    finish(project, {"run", "fix"});
    EXPECT_EQ(project.value("SELECT count(*) FROM events"), "0");
    EXPECT_EQ(other.value("SELECT count(*) FROM old_events WHERE name = 'name ' || id"), kRows);
  }
  EXPECT_GT(kills, 0) << "no kill has met a run at work";
}

// Adds one to rows here and there, until it is stopped; how often it has met a row.
class Writer {
 public:
  explicit Writer(const std::string& url) : thread_([this, url] { write(url); }) {}
  ~Writer() { stop(); }
  std::int64_t stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
    return written_;
  }

 private:
  void write(const std::string& url) {
    const auto connection = open_connection(url);
    for (int i = 0; !stop_; ++i) {
      written_ +=
          connection->execute("UPDATE events SET n = n + 1 WHERE id = " + std::to_string(i * 7919LL % 6000 + 1));
    }
  }
  std::atomic<bool> stop_{false};
  std::int64_t written_ = 0;
  std::thread thread_;
};

void loses_no_change(const std::string& into, const Project& project, const Project& other) {
  const auto here = open_connection(project.url()), there = open_connection(other.url());
  here->execute("CREATE TABLE events (id integer PRIMARY KEY, n integer NOT NULL DEFAULT 0)");
  here->execute("INSERT INTO events SELECT generate_series(1, 6000)");
  there->execute("CREATE TABLE old_events (id integer PRIMARY KEY, n integer NOT NULL)");
  project.write(
      "scripts/fix.lua",
      "require('tide.data').archive(db, { table = 'events', to = 'old_events', where = 'true', batch = 200, " + into +
          "pause = '5ms' })");
  Writer writer(project.url());
  EXPECT_TRUE(exits(project.tide({"run", "fix"}), 0));
  const std::int64_t written = writer.stop();
  EXPECT_GT(written, 0);
  EXPECT_EQ(other.value("SELECT count(*) || ' ' || sum(n) FROM old_events"), "6000 " + std::to_string(written));
  EXPECT_EQ(project.value("SELECT count(*) FROM events"), "0");
}

TEST(DataMoveFault, NoChangeOfOthersIsLostWhileTheirRowsAreArchived) {
  const Project project(Engine::kPostgres);
  loses_no_change("", project, project);
}

TEST(DataMoveFault, NoChangeOfOthersIsLostOnTheWayIntoAnotherDatabase) {
  const Project project(Engine::kPostgres), other(Engine::kPostgres);
  loses_no_change("into = '" + other.url() + "', ", project, other);
}

}  // namespace
}  // namespace tide::test
