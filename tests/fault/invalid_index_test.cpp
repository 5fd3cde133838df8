// The lie: an attempt that failed half-way left an invalid index, and the migration says IF NOT EXISTS, for which the
// server takes an invalid index to be there.

#include "cli/project.h"

namespace tide::test {
namespace {

TEST(InvalidIndexTest, AMigrationIsNotAppliedWhileTheIndexItNamesIsInvalidWhoeverLeftItSo) {
  Project project(Engine::kPostgres);
  project.value("CREATE TABLE t (n integer)");
  project.value("INSERT INTO t VALUES (1), (1)");
  project.write("migrations/0001_index.sql",
                "-- tide:no-transaction\nCREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS T_Once ON t (n);\n");
  EXPECT_TRUE(exits(project.tide({"up"}), 1));
  EXPECT_TRUE(exits(project.tide({"resolve", "0001", "--retry", "--reason", "duplicates are gone"}), 0));
  project.value("DELETE FROM t");
  const Outcome outcome = project.tide({"up"});
  EXPECT_TRUE(exits(outcome, 4));
  EXPECT_TRUE(contains(outcome.err, "it left behind: invalid index public.t_once"));
  EXPECT_EQ(project.value("SELECT state FROM tide.migrations"), "failed");
}

TEST(InvalidIndexTest, AnInvalidIndexOfOthersIsNoneOfAMigrationsBusiness) {
  Project project(Engine::kPostgres);
  project.value("CREATE TABLE t (n integer)");
  project.value("INSERT INTO t VALUES (1), (1)");
  EXPECT_THROW(project.value("CREATE UNIQUE INDEX CONCURRENTLY once ON t (n)"), std::exception);
  project.write("migrations/0001_index.sql", "-- tide:no-transaction\nCREATE INDEX CONCURRENTLY not_once ON t (n);\n");
  EXPECT_TRUE(exits(project.tide({"up"}), 0));
  EXPECT_EQ(project.applied(), "0001");
}

}  // namespace
}  // namespace tide::test
