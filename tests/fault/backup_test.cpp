// The lie: `tide backup` is killed (SIGKILL, which no process can see coming) at an instant that nobody chose, or its
// pg_dump is: a stand-in in front of the real one kills it after a random time. What must hold: `list` never shows a
// backup that is not whole; the next create removes what was left; a restore leaves the database as it was or as the
// backup has it, never between.
//
// TIDE_FAULT_ROUNDS is how many kills each test makes, TIDE_FAULT_SEED chooses their instants.

#include <signal.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "cli/project.h"
#include "fault/dice.h"
#include "fault/killed.h"
#include "support/pg_cluster.h"

namespace tide::test {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using std::chrono::microseconds;

class BackupKillTest : public OnEngine {
 protected:
  BackupKillTest() {
    const std::string rows = project.on_postgres()
                                 ? "INSERT INTO big SELECT i, md5(i::text) FROM generate_series(1, 30000) i"
                                 : "INSERT INTO big WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c "
                                   "WHERE i < 30000) SELECT i, hex(randomblob(16)) FROM c";
    project.write("migrations/0001_big.lua",
                  "return { up = function(db)\n"
                  "  db:execute 'CREATE TABLE big (id integer PRIMARY KEY, text text)'\n"
                  "  db:execute [[" +
                      rows + "]]\nend, down = function() end }\n");
    EXPECT_TRUE(exits(project.tide({"up"}), 0));
  }

  // Labels of what `list` shows, each of which is whole.
  std::vector<std::string> whole_backups() {
    std::vector<std::string> labels;
    for (const Json& backup : project.json({"backup", "list"})["backups"]) {
      labels.push_back(backup["label"]);
      EXPECT_TRUE(exits(project.tide({"backup", "verify", labels.back(), "--level", "decompressed"}), 0));
    }
    return labels;
  }
  std::size_t hidden_leftovers() const {
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator(project.path("backups"))) {
      count += entry.path().filename().string().rfind(".tmp-", 0) == 0 ? 1U : 0U;
    }
    return count;
  }

  Dice dice;
};
TIDE_ON_BOTH_ENGINES(BackupKillTest);

TEST_P(BackupKillTest, ACreateThatIsKilledLeavesNothingThatListShows) {
  const microseconds longest = duration_of(project, {"backup", "create", "first"});
  std::size_t leftovers = 0;
  for (int kills = 0; kills < dice.rounds(12) && !HasFailure();) {
    const std::string label = "n" + std::to_string(kills);
    if (!killed_after(project.command({"backup", "create", label}), dice.up_to(longest))) continue;
    ++kills;
    for (const std::string& shown : whole_backups()) EXPECT_TRUE(shown == "first" || shown[0] == 'n') << shown;
    leftovers += hidden_leftovers();
  }
  EXPECT_GT(leftovers, 0U) << "no kill has met a create at work";
  EXPECT_TRUE(exits(project.tide({"backup", "create", "last"}), 0));
  EXPECT_EQ(hidden_leftovers(), 0U);
}

TEST_P(BackupKillTest, ARestoreThatIsKilledLeavesTheOldOrTheNew) {
  ASSERT_TRUE(exits(project.tide({"backup", "create", "whole"}), 0));
  const std::string name = project.on_postgres() ? project.value("SELECT current_database()") : "dev.db";
  const Args restore{"backup", "restore", "whole", "--confirm", name, "--drop-old"};
  const microseconds longest = duration_of(project, restore);
  for (int kills = 0; kills < dice.rounds(6) && !HasFailure();) {
    project.value(project.on_postgres() ? "DELETE FROM big WHERE id > 20000 RETURNING 1"
                                        : "DELETE FROM big WHERE id > 20000 RETURNING 1");
    kills += killed_after(project.command(restore), dice.up_to(longest)) ? 1 : 0;
    const std::string rows = project.value("SELECT count(*) FROM big");
    EXPECT_TRUE(rows == "20000" || rows == "30000") << rows;
  }
  EXPECT_TRUE(exits(project.tide(restore), 0));
  EXPECT_EQ(project.value("SELECT count(*) FROM big"), "30000");
  if (project.on_postgres()) {
    EXPECT_EQ(project.value("SELECT count(*) FROM pg_database WHERE datname LIKE 'tide\\_restore%'"), "0");
  } else {
    EXPECT_FALSE(project.has("dev.db.restoring"));
  }
}

class BackupDumpKillTest : public BackupKillTest {};
INSTANTIATE_TEST_SUITE_P(Engines, BackupDumpKillTest, testing::Values(Engine::kPostgres), engine_name);

TEST_P(BackupDumpKillTest, APgDumpThatIsKilledLeavesNothing) {
  const std::string real = shared_cluster().bin_directory() + "/pg_dump";
  int killed = 0;
  for (int round = 0; round < dice.rounds(10) && !HasFailure(); ++round) {
    const std::string delay = "0.0" + std::to_string(dice.between(10, 70));
    const std::string path =
        project.write("bin/pg_dump", "#!/bin/sh\n[ \"$1\" = --version ] && exec " + real + " \"$@\"\n" + real +
                                         " \"$@\" & dump=$!\nsleep " + delay + "\nkill -KILL $dump\nwait $dump\n");
    fs::permissions(path, fs::perms::owner_all | fs::perms::group_exec | fs::perms::others_exec);
    const Outcome outcome = project.tide({"backup", "create", "--pg-bin", project.path("bin")});
    killed += outcome.code == 1 ? 1 : 0;
    EXPECT_TRUE(outcome.code == 0 || contains(outcome.err, "pg_dump ")) << outcome.err;
    EXPECT_EQ(whole_backups().size(), static_cast<std::size_t>(round + 1 - killed));
    EXPECT_EQ(hidden_leftovers(), 0U);
  }
  EXPECT_GT(killed, 0) << "no kill has met pg_dump at work";
}

}  // namespace
}  // namespace tide::test
