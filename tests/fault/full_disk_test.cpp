// The lie: the disk is a file system in memory of two megabytes. SQLite's whole database stands on it; of PostgreSQL
// one tablespace, which holds what the migration makes, or the history. Needs the right to mount.

#include <pwd.h>
#include <sys/mount.h>
#include <unistd.h>

#include "cli/project.h"
#include "support/pg_cluster.h"

namespace tide::test {
namespace {

class SmallDisk {
 public:
  SmallDisk() : mounted_(mount("tmpfs", directory_.path().c_str(), "tmpfs", 0, "size=2m,mode=0777") == 0) {
    const passwd* server = getpwnam("postgres");
    if (mounted_ && server != nullptr) mounted_ = chown(path().c_str(), server->pw_uid, server->pw_gid) == 0;
  }
  ~SmallDisk() { umount2(path().c_str(), MNT_DETACH); }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  bool mounted() const { return mounted_; }
  void grow() { EXPECT_EQ(mount("tmpfs", path().c_str(), "tmpfs", MS_REMOUNT, "size=40m"), 0); }
  const std::string& path() const { return directory_.path(); }

 private:
  TempDir directory_;
  bool mounted_;
};

class FullDiskTest : public OnEngine {
 protected:
  void SetUp() override {
    if (!disk_.mounted()) GTEST_SKIP() << "a file system cannot be mounted here";
    if (project.on_postgres()) {
      database_ = project.database();
      shared_cluster().value("postgres", "CREATE TABLESPACE " + space() + " LOCATION '" + disk_.path() + "'");
    } else {
      project.write("tide.toml", "[env.dev]\nurl = \"sqlite:" + disk_.path() + "/dev.db\"\n");
    }
    project.write("migrations/0001_one.lua", creates("one"));
    ASSERT_TRUE(exits(project.tide({"up"}), 0));
  }
  void TearDown() override {
    if (database_.empty()) return;
    shared_cluster().drop_database(database_);
    shared_cluster().value("postgres", "DROP TABLESPACE " + space());
    shared_cluster().create_database(database_);  // for the project to drop
  }
  std::string space() const { return "small_" + database_; }
  // 0002 makes a table and writes five megabytes into it, in rows too small to be compressed.
  void write_big(const std::string& options = "") {
    project.write("migrations/0002_two.lua", "return { " + options +
                                                 " up = function(db)\ndb:execute [[CREATE TABLE two (t text)" +
                                                 (project.on_postgres() ? " TABLESPACE " + space() : "") +
                                                 "]]\nfor i = 1, 2500 do db:execute('INSERT INTO two VALUES ($1)', "
                                                 "('x'):rep(1900)) end\nend }\n");
  }
  std::string state_of_two() {
    const Json status = project.json({"status"});
    return status["applied"].size() == 2 ? status["applied"][1].value("state", "") : status.dump(2);
  }
  // What the database on the small disk answers.
  std::string asked(const std::string& sql) {
    const std::string csv = project.tide({"query", "--csv", sql}).out;
    const auto header = csv.find('\n');
    return csv.substr(header + 1, csv.find('\n', header + 1) - header - 1);
  }
  void grow() { disk_.grow(); }
  const std::string& database() const { return database_; }
  void write_small() { project.write("migrations/0002_two.lua", creates("two")); }

 private:
  SmallDisk disk_;
  std::string database_;
};
TIDE_ON_BOTH_ENGINES(FullDiskTest);

TEST_P(FullDiskTest, AMigrationThatFillsItIsRolledBackAndTheHistoryStaysTrue) {
  write_big();
  const Outcome outcome = project.tide({"up"});
  EXPECT_TRUE(exits(outcome, 1));
  EXPECT_TRUE(contains(outcome.err, "SQLSTATE 53100"));
  EXPECT_TRUE(contains(outcome.err, "rolled back: everything that 0002 two did"));
  EXPECT_EQ(project.applied(), "0001");
  write_small();
  EXPECT_TRUE(exits(project.tide({"up"}), 0));
  EXPECT_EQ(project.applied(), "0001 0002");
}

TEST_P(FullDiskTest, WhatCommittedBeforeItWasFullIsNeverSaidToBeGone) {
  write_big("transaction = false,");
  const Outcome outcome = project.tide({"up"});
  EXPECT_TRUE(exits(outcome, 1));
  EXPECT_TRUE(contains(outcome.err, "SQLSTATE 53100"));
  EXPECT_TRUE(contains(outcome.err, "stays: what the"));
  const std::string state = state_of_two();
  EXPECT_TRUE(state == "failed" || state == "running") << state;
  EXPECT_TRUE(exits(project.tide({"status", "--exit-code"}), 5));
}

// Where `failed` does not fit on the disk either, the row stays `running`.
TEST_P(FullDiskTest, AStateThatCouldNotBeRecordedIsNotSaidToBe) {
  write_big("transaction = false,");
  const Outcome outcome = project.tide({"up"});
  EXPECT_TRUE(contains(outcome.err, "recorded as " + state_of_two()));
}

// On PostgreSQL the before-images fill the disk, on SQLite whatever comes first.
TEST_P(FullDiskTest, ADataFixThatFillsItStandsAtItsCheckpointAndGoesOn) {
  if (project.on_postgres()) project.value("ALTER DATABASE " + database() + " SET default_tablespace = " + space());
  project.write("scripts/make.lua",
                std::string("db:execute [[CREATE TABLE notes (id integer PRIMARY KEY, t text)") +
                    (project.on_postgres() ? " TABLESPACE pg_default" : "") +
                    "]] for i = 1, 500 do local t = {} for c = 1, 1800 do t[c] = "
                    "string.char(math.random(97, 122)) end db:execute('INSERT INTO notes VALUES ($1, "
                    "$2)', i, table.concat(t)) end");
  ASSERT_TRUE(exits(project.tide({"run", "make"}), 0));
  project.write("scripts/fix.lua",
                "require('tide.data').transform(db, { table = 'notes', columns = { 't' }, batch = 20, "
                "change = function(row) row.t = row.t .. '!' end })");
  Outcome outcome = project.tide({"run", "fix"});
  EXPECT_TRUE(exits(outcome, 1));
  EXPECT_TRUE(contains(outcome.err, "SQLSTATE 53100"));
  EXPECT_TRUE(contains(outcome.err, "run 1 stands at its checkpoint"));
  const std::string changed = asked("SELECT count(*) FROM notes WHERE t LIKE '%!'");
  EXPECT_EQ(
      asked(project.on_postgres() ? "SELECT sum(changed) FROM tide.ranges" : "SELECT sum(changed) FROM tide_ranges"),
      changed);
  grow();
  outcome = project.tide({"run", "fix"});
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_EQ(asked("SELECT count(*) FROM notes WHERE length(t) = 1801 AND t LIKE '%!'"), "500");
  ASSERT_TRUE(exits(project.tide({"undo", "1"}), 0));
  EXPECT_EQ(asked("SELECT count(*) FROM notes WHERE length(t) = 1800"), "500");
  if (project.on_postgres()) project.value("ALTER DATABASE " + database() + " RESET default_tablespace");
}

TEST_P(FullDiskTest, AHistoryThatCannotGrowRollsTheMigrationBack) {
  if (!project.on_postgres()) GTEST_SKIP() << "the history of SQLite fills together with the rest";
  project.value("ALTER TABLE tide.events SET TABLESPACE " + space());
  project.value("CREATE TABLE filler (t text) TABLESPACE " + space());
  EXPECT_ANY_THROW(project.value("INSERT INTO filler SELECT repeat(md5(n::text), 40) FROM generate_series(1, 5000) n"));
  EXPECT_ANY_THROW({
    for (int i = 0; i < 2000; ++i) {
      project.value(
          "INSERT INTO tide.events (run, version, name, event, direction, who, host, detail) SELECT 'r', '', '', "
          "'x', '', '', '', repeat('x', 1500) FROM generate_series(1, 20)");
    }
  });
  write_small();
  const Outcome outcome = project.tide({"up"});
  EXPECT_TRUE(exits(outcome, 1));
  EXPECT_TRUE(contains(outcome.err, "SQLSTATE 53100"));
  EXPECT_EQ(project.applied(), "0001");
  EXPECT_TRUE(lacks(project.tables(), "two"));
  project.value("DELETE FROM tide.events WHERE event = 'x'; DROP TABLE filler");
  project.value("VACUUM tide.events");
  EXPECT_TRUE(exits(project.tide({"up"}), 0));
}

}  // namespace
}  // namespace tide::test
