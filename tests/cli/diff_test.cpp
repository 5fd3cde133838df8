#include "cli/project.h"
#include "support/pg_cluster.h"

namespace tide::test {
namespace {

// Two databases of one engine: dev, which is the project's, and production.
class DiffTest : public OnEngine {
 protected:
  DiffTest() {
    const std::string url = project.on_postgres() ? shared_cluster().create_database() : "sqlite:production.db";
    project.write("tide.toml", "default_env = \"dev\"\n\n[env.dev]\nurl = \"" + project.url() +
                                   "\"\n\n[env.production]\nurl = \"" + url + "\"\n");
    project.write("migrations/1_users.lua",
                  sql_migration("CREATE TABLE users (id integer PRIMARY KEY, phone varchar(20))", "DROP TABLE users"));
    project.tide({"up"});
    project.tide({"-e", "production", "up"});
  }

  void change_production(const std::string& sql) const {
    project.write("migrations/2_change.sql", sql);
    EXPECT_TRUE(exits(project.tide({"-e", "production", "up"}), 0));
    project.remove("migrations/2_change.sql");
  }
  std::string written() const {
    const Outcome outcome = project.tide({"diff", "dev", "production", "--write", "close_it", "--json"});
    return project.read(parse_json(outcome.out).value("written", ""));
  }
};
TIDE_ON_BOTH_ENGINES(DiffTest);

TEST_P(DiffTest, OfEqualSchemasExitsWithZeroAndPrintsNothing) {
  const Outcome outcome = project.tide({"diff", "dev", "production"});
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_EQ(outcome.out, "");
  EXPECT_TRUE(contains(outcome.err, "dev and production have the same schema"));
}

TEST_P(DiffTest, SaysWhatDiffersAndExitsWithFive) {
  change_production("ALTER TABLE users ADD COLUMN vip integer");
  const Outcome outcome = project.tide({"diff", "dev", "production"});
  EXPECT_TRUE(exits(outcome, 5));
  EXPECT_EQ(outcome.out, "table users: column vip (integer) is only in production\n");
}

TEST_P(DiffTest, AsJsonHasBothSidesAndTheSentence) {
  change_production("ALTER TABLE users ADD COLUMN vip integer");
  const Json diff = project.json({"diff", "dev", "production"});
  EXPECT_EQ(diff["a"].value("name", ""), "dev");
  EXPECT_NE(diff["a"]["digest"], diff["b"]["digest"]);
  ASSERT_EQ(diff["differences"].size(), 1u);
  EXPECT_EQ(diff["differences"][0].value("change", ""), "only_in_b");
  EXPECT_EQ(diff["differences"][0].value("part", ""), "vip");
}

TEST_P(DiffTest, WritesTheMigrationThatClosesTheGapThereAndBack) {
  change_production(
      "CREATE TABLE more (id integer PRIMARY KEY, users_id integer REFERENCES users (id) ON DELETE CASCADE)");
  EXPECT_TRUE(contains(written(), "makes dev like production"));
  EXPECT_TRUE(exits(project.tide({"up"}), 0));
  EXPECT_TRUE(exits(project.tide({"diff", "dev", "production"}), 0));
  EXPECT_TRUE(exits(project.tide({"down"}), 0));
  EXPECT_EQ(project.tables(), "users");
}

TEST_P(DiffTest, WritesAMigrationThatKeepsTheRows) {
  project.value("INSERT INTO users VALUES (1, '555')");
  change_production(project.on_postgres()
                        ? "ALTER TABLE users ALTER COLUMN phone TYPE text"
                        : "DROP TABLE users; CREATE TABLE users (id integer PRIMARY KEY, phone text)");
  written();
  EXPECT_TRUE(exits(project.tide({"up"}), 0));
  EXPECT_TRUE(exits(project.tide({"diff", "dev", "production"}), 0));
  EXPECT_EQ(project.value("SELECT phone FROM users WHERE id = 1"), "555");
}

TEST_P(DiffTest, AMigrationOfItIsSkippedWhereTheSchemaIsLikeThatAlready) {
  change_production("CREATE TABLE more (id integer PRIMARY KEY)");
  written();
  EXPECT_TRUE(exits(project.tide({"-e", "production", "up"}), 0));
  EXPECT_TRUE(exits(project.tide({"up"}), 0));
  EXPECT_TRUE(exits(project.tide({"diff", "dev", "production"}), 0));
}

TEST_P(DiffTest, WritesNothingWhereNothingDiffers) {
  EXPECT_TRUE(exits(project.tide({"diff", "dev", "production", "--write", "nothing"}), 0));
  EXPECT_TRUE(lacks(project.tide({"status"}).out, "nothing"));
}

TEST_P(DiffTest, TakesUrlsAndFilesToo) {
  project.tide({"snapshot", "schema.json"});
  EXPECT_TRUE(exits(project.tide({"diff", project.url(), "schema.json"}), 0));
  change_production("ALTER TABLE users ADD COLUMN vip integer");
  const Outcome outcome = project.tide({"diff", "schema.json", "production"});
  EXPECT_TRUE(exits(outcome, 5));
  EXPECT_EQ(outcome.out, "table users: column vip (integer) is only in production\n");
}

TEST_P(DiffTest, TakesANameForTheEnvironmentAndAPathForTheFile) {
  project.tide({"snapshot", "production"});
  change_production("ALTER TABLE users ADD COLUMN vip integer");
  EXPECT_TRUE(exits(project.tide({"diff", "dev", "production"}), 5));
  EXPECT_TRUE(exits(project.tide({"diff", "dev", "./production"}), 0));
}

TEST_P(DiffTest, OfSomethingUnknownNamesTheNearest) {
  const Outcome outcome = project.tide({"diff", "dev", "prodution"});
  EXPECT_TRUE(exits(outcome, 2));
  EXPECT_TRUE(contains(outcome.err, "'prodution' is no environment, no URL and no file; did you mean 'production'?"));
}

TEST_P(DiffTest, OfGarbageNamesFileAndPlace) {
  project.write("broken.json", "{\n  \"format\": 1,\n  oops");
  const Outcome outcome = project.tide({"diff", "dev", "broken.json"});
  EXPECT_TRUE(exits(outcome, 2));
  EXPECT_TRUE(contains(outcome.err, "broken.json"));
  EXPECT_TRUE(contains(outcome.err, "line 3"));
  project.write("newer.json", R"({"format": 9, "engine": "sqlite"})");
  EXPECT_TRUE(
      contains(project.tide({"diff", "dev", "newer.json"}).err, "the snapshot has format 9; this tide knows format 1"));
}

TEST(Diff, NamesAUrlWithoutItsPassword) {
  const Project project(Engine::kPostgres);
  project.write("empty.json", R"({"format": 1, "engine": "postgres"})");
  std::string url = project.url();
  url.replace(url.find("postgres@"), 9, "postgres:hunter2secret@");
  const Outcome outcome = project.tide({"diff", url, "empty.json"});
  EXPECT_TRUE(exits(outcome, 5));
  EXPECT_TRUE(lacks(outcome.out + outcome.err, "hunter2secret"));
}

TEST(Diff, SaysThatASqliteFileWantsItsUrl) {
  const Project project;
  project.write("migrations/1_a.lua", creates("a"));
  project.tide({"up"});
  EXPECT_TRUE(contains(project.tide({"diff", "dev", "dev.db"}).err, "sqlite:dev.db"));
}

TEST(Diff, ThatCannotBeWrittenSaysSoAndTheMigrationRefuses) {
  const Project project(Engine::kPostgres);
  project.write("migrations/1_a.lua", sql_migration("CREATE TYPE mood AS ENUM ('sad', 'ok')", "DROP TYPE mood"));
  project.tide({"up"});
  project.tide({"snapshot", "now.json"});
  std::string wanted = project.read("now.json");
  wanted.replace(wanted.find("\"sad\",\n"), 7, "\n");
  project.write("wanted.json", wanted);
  const Outcome outcome = project.tide({"diff", "dev", "wanted.json", "--write", "less"});
  EXPECT_TRUE(contains(outcome.err, "not written: enum mood: the label 'sad' cannot be taken away or moved"));
  const Outcome up = project.tide({"up"});
  EXPECT_TRUE(exits(up, 1));
  EXPECT_TRUE(contains(up.err, "not all of the gap could be written"));
}

}  // namespace
}  // namespace tide::test
