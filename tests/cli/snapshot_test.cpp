#include "cli/project.h"

namespace tide::test {
namespace {

class SnapshotCommandTest : public OnEngine {
 protected:
  SnapshotCommandTest() {
    project.write("migrations/1_users.lua",
                  sql_migration("CREATE TABLE users (id integer PRIMARY KEY, phone varchar(20))", "DROP TABLE users"));
    project.tide({"up"});
  }
  std::string users() const { return project.on_postgres() ? "public.users" : "users"; }
};
TIDE_ON_BOTH_ENGINES(SnapshotCommandTest);

TEST_P(SnapshotCommandTest, GoesToStdoutAsJsonWithoutTidesOwnTables) {
  const Outcome outcome = project.tide({"snapshot"});
  EXPECT_TRUE(exits(outcome, 0));
  const Json snapshot = parse_json(outcome.out);
  EXPECT_EQ(snapshot["format"], 1);
  EXPECT_EQ(snapshot["tables"].size(), 1u);
  EXPECT_TRUE(snapshot["tables"].contains(users()));
  EXPECT_TRUE(contains(outcome.out, "\n        \"phone\": {\n"));
}

TEST_P(SnapshotCommandTest, GoesToAFileThatHasNoDifferenceToTheDatabase) {
  EXPECT_TRUE(exits(project.tide({"snapshot", "schema.json"}), 0));
  EXPECT_EQ(project.read("schema.json"), project.tide({"snapshot"}).out);
  EXPECT_TRUE(exits(project.tide({"diff", "dev", "schema.json"}), 0));
}

TEST_P(SnapshotCommandTest, AsJsonIsOneDocument) {
  EXPECT_EQ(project.json({"snapshot"})["tables"].size(), 1u);
  EXPECT_EQ(project.json({"snapshot", "schema.json"}).value("path", ""), "schema.json");
}

TEST_P(SnapshotCommandTest, ToAFolderThatIsNotThereFails) {
  const Outcome outcome = project.tide({"snapshot", "nowhere/schema.json"});
  EXPECT_TRUE(exits(outcome, 1));
  EXPECT_TRUE(contains(outcome.err, "nowhere/schema.json"));
}

TEST(SnapshotCommand, OfASqliteFileThatIsNotThereFailsAndMakesNone) {
  const Project project;
  EXPECT_TRUE(exits(project.tide({"snapshot"}), 3));
  EXPECT_FALSE(project.has("dev.db"));
}

}  // namespace
}  // namespace tide::test
