// The lie: an attempt that failed half-way left an invalid index, and the migration says IF NOT EXISTS, for which the
// server takes an invalid index to be there.

#include <chrono>
#include <thread>

#include "cli/project.h"
#include "db/drivers.h"
#include "tide/connection.h"
#include "tide/error.h"

namespace tide::test {
namespace {

constexpr const char* kValid =
    "SELECT string_agg(indexrelid::regclass || ' ' || indisvalid, ', ' ORDER BY indexrelid::regclass::text) FROM "
    "pg_index "
    "WHERE indrelid = 't'::regclass";

class InvalidIndexTest : public testing::Test {
 protected:
  InvalidIndexTest() {
    project.value("CREATE TABLE t (n integer)");
    project.value("INSERT INTO t VALUES (1), (1)");
  }
  void migration(const std::string& statement) const {
    project.write("migrations/0001_index.sql", "-- tide:no-transaction\n" + statement + ";\n");
  }
  // The statement fails at the duplicates, which are gone when it is to be run again.
  Outcome fail_once(const std::string& statement) const {
    migration(statement);
    const Outcome outcome = project.tide({"up"});
    EXPECT_TRUE(exits(outcome, 1));
    EXPECT_EQ(project.value("SELECT state FROM tide.migrations"), "failed");
    EXPECT_TRUE(exits(project.tide({"resolve", "0001", "--retry", "--reason", "duplicates are gone"}), 0));
    project.value("DELETE FROM t");
    return outcome;
  }

  void wait_until_building() const {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (project.value(kValid) != "t_n false" && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    EXPECT_EQ(project.value(kValid), "t_n false");
  }

  Project project{Engine::kPostgres};
};

TEST_F(InvalidIndexTest, IsNamedWhereItFailsAndBuiltAnewWhereItIsTriedAgain) {
  for (const char* statement : {"CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS T_Once ON t (n)",
                                "/* again */ create unique index concurrently \"t_once\" on only public.\"t\" (n)"}) {
    const Outcome failed = fail_once(statement);
    EXPECT_TRUE(contains(failed.err, "stays: invalid index public.t_once"));
    EXPECT_EQ(project.value(kValid), "t_once false");
    const Outcome outcome = project.tide({"up"});
    EXPECT_TRUE(exits(outcome, 0));
    EXPECT_TRUE(
        contains(outcome.err, "the invalid index public.t_once, left by an attempt before, is dropped and built anew"));
    EXPECT_EQ(project.value(kValid), "t_once true");
    EXPECT_EQ(project.applied(), "0001");
    project.value("DROP INDEX t_once; INSERT INTO t VALUES (1), (1); DELETE FROM tide.migrations");
  }
}

TEST_F(InvalidIndexTest, AMigrationIsNotAppliedWhileTheIndexItNamesIsInvalidWhoeverLeftItSo) {
  fail_once("CREATE UNIQUE INDEX CONCURRENTLY t_once ON t (n)");
  migration("DO $$ BEGIN IF to_regclass('t_once') IS NULL THEN CREATE INDEX t_once ON t (n); END IF; END $$");
  const Outcome outcome = project.tide({"up"});
  EXPECT_TRUE(exits(outcome, 4));
  EXPECT_TRUE(contains(outcome.err, "it left behind: invalid index public.t_once"));
  EXPECT_EQ(project.value("SELECT state FROM tide.migrations"), "failed");
}

TEST_F(InvalidIndexTest, InATransactionIfNotExistsDoesNotAcceptIt) {
  fail_once("CREATE UNIQUE INDEX CONCURRENTLY t_once ON t (n)");
  project.write("migrations/0001_index.sql", "CREATE UNIQUE INDEX IF NOT EXISTS t_once ON t (n);\n");
  const Outcome outcome = project.tide({"up"});
  EXPECT_TRUE(exits(outcome, 4));
  EXPECT_TRUE(contains(outcome.err, "the index public.t_once is there and invalid, and IF NOT EXISTS would accept it"));
  EXPECT_EQ(project.applied(), "");
}

TEST_F(InvalidIndexTest, OneWithoutANameOfItsOwnIsWarnedOfAndStays) {
  fail_once("CREATE UNIQUE INDEX CONCURRENTLY ON t (n)");
  const Outcome outcome = project.tide({"up"});
  EXPECT_TRUE(contains(outcome.err, "the invalid index public.t_n_idx is on t and stays"));
  EXPECT_EQ(project.value(kValid), "t_n_idx false, t_n_idx1 true");
}

TEST_F(InvalidIndexTest, AnInvalidIndexOfOthersIsNoneOfAMigrationsBusiness) {
  EXPECT_THROW(project.value("CREATE UNIQUE INDEX CONCURRENTLY once ON t (n)"), std::exception);
  migration("CREATE INDEX CONCURRENTLY not_once ON t (n)");
  EXPECT_TRUE(exits(project.tide({"up"}), 0));
  EXPECT_EQ(project.value(kValid), "not_once true, once false");
}

TEST_F(InvalidIndexTest, OneThatAnotherSessionIsBuildingIsWaitedForAndNotDropped) {
  const auto writer = open_connection(project.url());
  writer->begin();
  writer->execute("INSERT INTO t VALUES (7)");
  std::thread other([&] {
    try {
      open_connection(project.url())->execute("CREATE INDEX CONCURRENTLY t_n ON t (n)");
    } catch (const Error& error) {
      ADD_FAILURE() << error.message;
    }
  });
  wait_until_building();
  migration("CREATE INDEX CONCURRENTLY IF NOT EXISTS t_n ON t (n)");
  Process process(project.command({"up"}));
  EXPECT_TRUE(process.wait_for("is building an index on t, perhaps public.t_n"));
  EXPECT_EQ(project.value(kValid), "t_n false");
  writer->rollback();
  other.join();
  const Outcome outcome = process.wait();
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(lacks(outcome.err, "dropped"));
  EXPECT_EQ(project.value(kValid), "t_n true");
}

TEST_F(InvalidIndexTest, OneThatIsBuiltForTooLongStopsTheMigration) {
  const auto writer = open_connection(project.url());
  writer->begin();
  writer->execute("INSERT INTO t VALUES (7)");
  std::thread other([&] { open_connection(project.url())->execute("CREATE INDEX CONCURRENTLY t_n ON t (n)"); });
  wait_until_building();
  migration("CREATE INDEX CONCURRENTLY IF NOT EXISTS t_n ON t (n)");
  EXPECT_TRUE(exits(project.tide({"up", "--lock-timeout", "500ms"}), 3));
  EXPECT_EQ(project.value("SELECT state FROM tide.migrations"), "failed");
  writer->rollback();
  other.join();
}

TEST_F(InvalidIndexTest, ConstraintsThatAreNotValidatedAndHalfDetachedPartitionsAreNamedToo) {
  const char* const cases[][2] = {
      {"ALTER TABLE t ADD CONSTRAINT t_positive CHECK (n > 1) NOT VALID;\nALTER TABLE t VALIDATE CONSTRAINT t_positive",
       "constraint public.t.t_positive, not validated"},
      {"CREATE DOMAIN d AS integer;\nALTER DOMAIN d ADD CONSTRAINT d_positive CHECK (value > 1) NOT VALID;\nSELECT 1 / "
       "0",
       "constraint public.d.d_positive, not validated"},
  };
  for (const auto& [statements, named] : cases) {
    migration(statements);
    const Outcome outcome = project.tide({"up"});
    EXPECT_TRUE(exits(outcome, 1));
    EXPECT_TRUE(contains(outcome.err, named));
    EXPECT_TRUE(exits(project.tide({"resolve", "0001", "--retry", "--reason", "next"}), 0));
  }
}

TEST_F(InvalidIndexTest, AHalfDetachedPartitionIsNamed) {
  project.value(
      "CREATE TABLE p (n integer) PARTITION BY RANGE (n); CREATE TABLE p_1 PARTITION OF p FOR VALUES FROM (0) TO (9)");
  migration("ALTER TABLE p DETACH PARTITION p_1 CONCURRENTLY");
  project.write(
      "migrations/0001_index.sql",
      "-- tide:no-transaction\nSET statement_timeout = '500ms';\nALTER TABLE p DETACH PARTITION p_1 CONCURRENTLY;\n");
  const auto writer = open_connection(project.url());
  writer->begin();
  writer->execute("SELECT count(*) FROM p");
  const Outcome outcome = project.tide({"up"});
  EXPECT_TRUE(exits(outcome, 1));
  EXPECT_TRUE(contains(outcome.err, "partition public.p_1 of public.p, half detached"));
  writer->rollback();
}

}  // namespace
}  // namespace tide::test
