// The lie: an import is killed (SIGKILL) at an instant that nobody chose, again and again; so is its undo. What must
// hold: each line of the file is applied exactly once, and an undo leaves exactly what was there. A table without a key
// shows a line applied twice as a row too many; an image that was lost or kept twice shows in what the undo leaves. A
// killed export leaves nothing under its name.

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

constexpr int kRows = 4000;

class CsvKillTest : public OnEngine {
 protected:
  CsvKillTest() {
    std::string csv = "id,name\n";
    for (int i = 1; i <= kRows; ++i) csv += std::to_string(i) + ",\"name\n" + std::to_string(i) + "\"\n";
    project.write("rows.csv", csv);
    project.write("scripts/make.lua", R"lua(
      db:execute "CREATE TABLE log (id integer, name text)"
      db:execute "CREATE TABLE people (id integer PRIMARY KEY, name text)"
      db:execute("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) "
        .. "INSERT INTO people SELECT i, 'old' FROM n"))lua");
    project.write("scripts/clear.lua", "db:execute 'DELETE FROM log'");
    project.write("scripts/add.lua",
                  "require('tide.data').import_csv(db, { file = 'rows.csv', table = 'log', batch = 100 })");
    project.write(
        "scripts/fix.lua",
        "require('tide.data').import_csv(db, { file = 'rows.csv', table = 'people', batch = 100, on_conflict = "
        "'update', missing = 'insert' })");
    project.write(
        "scripts/out.lua",
        "require('tide.data').export_csv(db, { file = 'out.csv', overwrite = true, query = [[WITH RECURSIVE n (i) AS "
        "(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) SELECT i FROM n]] })");
    EXPECT_TRUE(exits(project.tide({"run", "make"}), 0));
  }
  std::string state() const {
    return project.value(std::string("SELECT state FROM ") + (project.on_postgres() ? "tide.runs" : "tide_runs") +
                         " ORDER BY id DESC LIMIT 1");
  }
  std::string rows_of(const std::string& table) const {
    return project.value("SELECT count(*) || ' ' || count(DISTINCT id) || ' ' || coalesce(sum(id), 0) FROM " + table);
  }

  Dice dice;
};
TIDE_ON_BOTH_ENGINES(CsvKillTest);

constexpr const char* kWhole = "4000 4000 8002000";

TEST_P(CsvKillTest, EachLineIsAddedOnceWhereverItWasKilled) {
  const microseconds longest = duration_of(project, {"run", "add"});
  EXPECT_EQ(rows_of("log"), kWhole);
  int kills = 0;
  for (int round = 0; round < dice.rounds(3) && !HasFailure(); ++round) {
    ASSERT_TRUE(exits(project.tide({"run", "clear"}), 0));
    for (int kill = 0; kill < 4; ++kill) {
      kills += killed_after(project.command({"run", "add"}), dice.up_to(longest)) ? 1 : 0;
      const std::string rows = project.value("SELECT count(*) - count(DISTINCT id) FROM log");
      ASSERT_EQ(rows, "0");
      if (rows_of("log") == kWhole) break;
    }
    const bool has_begun = project.value("SELECT count(*) FROM log") != "0";
    if (state() == "running" || !has_begun) finish(project, {"run", "add"});
    EXPECT_EQ(rows_of("log"), kWhole);
  }
  EXPECT_GT(kills, 0) << "no kill has met a run at work";
}

TEST_P(CsvKillTest, ChangedAndAddedRowsAreUndoneWhollyWhereverItWasKilled) {
  const microseconds longest = duration_of(project, {"run", "fix"});
  ASSERT_TRUE(exits(project.tide({"undo", "1"}), 0));
  EXPECT_EQ(rows_of("people"), "2000 2000 2001000");
  for (int round = 2; round < 2 + dice.rounds(3) && !HasFailure(); ++round) {
    // one that has come to its end is not begun again: that would be a run of its own
    for (int kill = 0; kill < 3; ++kill) {
      if (!killed_after(project.command({"run", "fix"}), dice.up_to(longest)) || state() == "done") break;
    }
    if (state() != "done") finish(project, {"run", "fix"});
    EXPECT_EQ(rows_of("people"), kWhole);
    EXPECT_EQ(project.value("SELECT count(*) FROM people WHERE name <> 'old'"), std::to_string(kRows));
    const std::string run =
        project.value(project.on_postgres() ? "SELECT max(id) FROM tide.runs" : "SELECT max(id) FROM tide_runs");
    killed_after(project.command({"undo", run}), dice.up_to(longest / 2));
    finish(project, {"undo", run});
    EXPECT_EQ(rows_of("people"), "2000 2000 2001000");
    EXPECT_EQ(project.value("SELECT count(*) FROM people WHERE name = 'old'"), "2000");
  }
}

// Others add the same keys, and change the same rows, while the file is written.
TEST(CsvFault, RowsThatOthersAddMeanwhileAreFoundAndBecomeWhatTheFileSays) {
  Project project(Engine::kPostgres);
  const auto connection = open_connection(project.url());
  connection->execute("CREATE TABLE people (id integer PRIMARY KEY, name text, age integer NOT NULL DEFAULT 0)");
  std::string csv = "id,name\n";
  for (int i = 1; i <= kRows; ++i) csv += std::to_string(i) + ",mine\n";
  project.write("rows.csv", csv);
  project.write("scripts/fix.lua",
                "require('tide.data').import_csv(db, { file = 'rows.csv', table = 'people', batch = 200, on_conflict = "
                "'update', missing = 'insert' })");
  std::atomic<bool> stop{false};
  std::int64_t written = 0;
  std::thread others([&] {
    for (int i = kRows; i > 0 && !stop; i -= 3) {
      written += connection->execute("INSERT INTO people VALUES (" + std::to_string(i) +
                                     ", 'theirs', 1) ON CONFLICT (id) DO UPDATE SET age = people.age + 1");
    }
  });
  const Outcome outcome = project.tide({"run", "fix"});
  stop = true;
  others.join();
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_GT(written, 0);
  EXPECT_EQ(project.value("SELECT count(*) FROM people WHERE name = 'mine'"), std::to_string(kRows));
  EXPECT_EQ(project.value("SELECT sum(age) FROM people"), std::to_string(written));
}

TEST_P(CsvKillTest, AKilledExportLeavesNothingUnderItsName) {
  const microseconds longest = duration_of(project, {"run", "out"});
  const std::string whole = project.read("out.csv");
  project.remove("out.csv");
  for (int kill = 0; kill < dice.rounds(6); ++kill) {
    killed_after(project.command({"run", "out"}), dice.up_to(longest));
    if (!project.has("out.csv")) continue;
    EXPECT_EQ(project.read("out.csv"), whole);
    project.remove("out.csv");
  }
  EXPECT_TRUE(exits(project.tide({"run", "out"}), 0));
  EXPECT_EQ(project.read("out.csv"), whole);
}

}  // namespace
}  // namespace tide::test
