#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "cli/project.h"

namespace tide::test {
namespace {

const char* const kGood = "migrations/20250101000001_good.lua";
const char* const kBad = "migrations/20250101000002_bad.lua";

class BadMigrationTest : public OnEngine {
 protected:
  BadMigrationTest() { project.write(kGood, creates("good")); }
  // `up` must refuse with a configuration error before it runs anything, the good migration included.
  void expect_refused(const std::string& content, const std::string& where, const std::vector<std::string>& said = {}) {
    project.write(kBad, content);
    const Outcome outcome = project.tide({"up"});
    EXPECT_TRUE(exits(outcome, 2)) << content;
    EXPECT_TRUE(contains(outcome.err, where)) << content;
    for (const auto& part : said) EXPECT_TRUE(contains(outcome.err, part)) << content;
    EXPECT_EQ(project.tables(), "") << content;
  }
};
TIDE_ON_BOTH_ENGINES(BadMigrationTest);

TEST_P(BadMigrationTest, ASyntaxErrorIsRefusedWithItsLineBeforeAnythingRuns) {
  expect_refused("return {\n  up = function(db)\n    if true the\n  end,\n}\n", std::string(kBad) + ":3");
  expect_refused("return {\n  up = function(db) end\n", std::string(kBad) + ":");
}

TEST_P(BadMigrationTest, AnythingButATableIsRefused) {
  for (const char* content :
       {"", "\n-- nothing\n", "return", "return nil", "return 42", "return 'up'", "return function() end"}) {
    expect_refused(content, kBad, {"table"});
  }
}

TEST_P(BadMigrationTest, AMissingUpIsRefused) {
  expect_refused("return {}\n", kBad, {"up"});
  expect_refused("return { down = function(db) end }\n", kBad, {"up"});
}

TEST_P(BadMigrationTest, AnUnknownFieldIsRefusedAndTheNearestNamed) {
  expect_refused("return {\n  up = function(db) end,\n  dwon = function(db) end,\n}\n", kBad, {"dwon", "down"});
  expect_refused("return { up = function(db) end, verfiy = function(db) end }\n", kBad, {"verfiy", "verify"});
  expect_refused("return { up = function(db) end, Transaction = false }\n", kBad, {"Transaction", "transaction"});
  expect_refused("return { up = function(db) end, function(db) end }\n", kBad, {"1"});
}

TEST_P(BadMigrationTest, AFieldOfTheWrongTypeIsRefused) {
  expect_refused("return { up = 'CREATE TABLE x' }\n", kBad, {"up", "function"});
  expect_refused("return { up = function(db) end, down = 7 }\n", kBad, {"down"});
  expect_refused("return { up = function(db) end, verify = true }\n", kBad, {"verify"});
  expect_refused("return { up = function(db) end, transaction = 'no' }\n", kBad, {"transaction"});
  expect_refused("return { up = function(db) end, description = {} }\n", kBad, {"description"});
  expect_refused("return { up = function(db) end, lock_timeout = 'a while' }\n", kBad, {"lock_timeout"});
}

TEST_P(BadMigrationTest, AnIrreversibleWithoutAReasonIsRefused) {
  expect_refused("return {\n  up = function(db) end,\n  down = irreversible(),\n}\n", kBad, {"irreversible"});
}

TEST_P(BadMigrationTest, AnAccidentalGlobalIsRefusedWithItsLine) {
  expect_refused("local a = 1\nconut = 0\nreturn { up = function(db) end }\n", std::string(kBad) + ":2", {"conut"});
  expect_refused("function helper() end\nreturn { up = function(db) end }\n", std::string(kBad) + ":1", {"helper"});
}

TEST_P(BadMigrationTest, ATypoInAGlobalIsAnErrorWithItsLine) {
  expect_refused("local e = requier 'tide.expect'\nreturn { up = function(db) end }\n", std::string(kBad) + ":1",
                 {"requier"});
}

TEST_P(BadMigrationTest, AnErrorWhileLoadingIsRefusedWithItsLine) {
  expect_refused("\nerror 'not today'\n", std::string(kBad) + ":2", {"not today"});
  expect_refused("local m = require 'no.such.module'\nreturn { up = function(db) end }\n", std::string(kBad) + ":1",
                 {"no.such.module"});
}

TEST_P(BadMigrationTest, AnAccidentalGlobalInsideUpIsAnErrorWithItsLineAndIsRolledBack) {
  project.write(
      kBad, "return {\n  up = function(db)\n    db:execute 'CREATE TABLE bad (n integer)'\n    conut = 1\n  end,\n}\n");
  const Outcome outcome = project.tide({"up"});
  EXPECT_NE(outcome.code, 0);
  EXPECT_TRUE(contains(outcome.err, std::string(kBad) + ":4"));
  EXPECT_TRUE(contains(outcome.err, "conut"));
  EXPECT_TRUE(lacks(project.tables(), "bad"));
}

TEST_P(BadMigrationTest, AFileThatIsNotUtf8IsRefusedWithItsLine) {
  expect_refused("return {\n  up = function(db)\n    db:execute 'SELECT \xE9\xFF'\n  end,\n}\n",
                 std::string(kBad) + ":3", {"UTF-8"});
  project.remove(kBad);
  const std::string sql = "migrations/20250101000003_latin.sql";
  project.write(sql, "CREATE TABLE latin (n integer);\nINSERT INTO latin VALUES (1); -- caf\xE9\n");
  const Outcome outcome = project.tide({"up"});
  EXPECT_TRUE(exits(outcome, 2));
  EXPECT_TRUE(contains(outcome.err, sql + ":2"));
  EXPECT_EQ(project.tables(), "");
}

TEST_P(BadMigrationTest, AByteOrderMarkAndDosLineEndsAreNoTrouble) {
  project.write(kBad,
                "\xEF\xBB\xBFreturn {\r\n  up = function(db) db:execute 'CREATE TABLE dos (n integer)' end,\r\n}\r\n");
  project.write("migrations/20250101000003_bom.sql",
                "\xEF\xBB\xBF"
                "CREATE TABLE bom (n integer);\r\n");
  EXPECT_TRUE(exits(project.tide({"up"}), 0));
  EXPECT_EQ(project.tables(), "bom dos good");
}

TEST_P(BadMigrationTest, BytecodeIsRefused) { expect_refused("\x1bLJ\x02\x02", kBad); }

TEST_P(BadMigrationTest, ADirectoryInTheGuiseOfAMigrationIsNamed) {
  project.write(std::string(kBad) + "/inner", "");
  const Outcome outcome = project.tide({"up"});
  EXPECT_TRUE(exits(outcome, 2));
  EXPECT_TRUE(contains(outcome.err, kBad));
  EXPECT_EQ(project.tables(), "");
}

TEST_P(BadMigrationTest, ALinkToNowhereIsNamed) {
  std::filesystem::create_symlink("nowhere.lua", project.path(kBad));
  const Outcome outcome = project.tide({"up"});
  EXPECT_NE(outcome.code, 0);
  EXPECT_TRUE(contains(outcome.err, kBad));
  EXPECT_EQ(project.tables(), "");
}

TEST_P(BadMigrationTest, AnUnfinishedStatementOfAnSqlFileIsAnErrorThatNamesIt) {
  const std::string sql = "migrations/20250101000003_open.sql";
  project.write(sql, "CREATE TABLE open (n integer);\nINSERT INTO open VALUES ('never closed);\n");
  const Outcome outcome = project.tide({"up"});
  EXPECT_NE(outcome.code, 0);
  EXPECT_TRUE(contains(outcome.err, sql + ":2"));
  EXPECT_TRUE(lacks(project.tables(), "open"));
}

TEST_P(BadMigrationTest, APsqlCommandThatMeansNothingHereIsRefusedByName) {
  const std::string sql = "migrations/20250101000003_psql.sql";
  project.write(sql, "CREATE TABLE psql (n integer);\n\\connect other\n");
  const Outcome outcome = project.tide({"up"});
  EXPECT_NE(outcome.code, 0);
  EXPECT_TRUE(contains(outcome.err, "\\connect"));
  EXPECT_TRUE(contains(outcome.err, sql + ":2"));
  EXPECT_TRUE(lacks(project.tables(), "psql"));
}

TEST_P(BadMigrationTest, TheSandboxHasNoWayOut) {
  for (const char* way : {"os.execute('true')", "io.open('x')", "require 'ffi'", "debug.getinfo(1)", "dofile('x')",
                          "package.loaded", "loadfile('x')", "require 'os'", "require 'jit'"}) {
    project.write(kBad, lua_migration(std::string("local x = ") + way));
    const Outcome outcome = project.tide({"up"});
    EXPECT_NE(outcome.code, 0) << way;
    EXPECT_TRUE(contains(outcome.err, kBad)) << way;
    project.tide({"down", "--to", "0"});
  }
}

TEST_P(BadMigrationTest, AnSqlFileOfFiftyMegabytesIsNoTrouble) {
  std::string sql = "CREATE TABLE big (t text);\n";
  for (int i = 0; i < 50; ++i)
    sql += "INSERT INTO big VALUES ('" + std::string(1'000'000, static_cast<char>('a' + i % 26)) + "');\n";
  project.write("migrations/20250101000003_big.sql", sql);
  EXPECT_TRUE(exits(project.tide({"up"}), 0));
  EXPECT_EQ(project.value("SELECT count(*) FROM big WHERE length(t) = 1000000"), "50");
}

// Root reads everything, so the program runs as somebody else then.
TEST(UnreadableTest, AFileThatMayNotBeReadIsNamedBeforeAnythingRuns) {
  const Project project;
  project.write(kGood, creates("good"));
  project.write(kBad, creates("bad"));
  for (const char* name : {"", "migrations"}) chmod(project.path(name).c_str(), 0777);
  chmod(project.path(kBad).c_str(), 0);
  Command command = project.command({"up"});
  if (geteuid() == 0) {
    command.user = "nobody";
    Command probe = project.command({"--version"});
    probe.user = "nobody";
    if (run(probe).code != 0) GTEST_SKIP() << "user nobody cannot run " << TIDE_BINARY;
  }
  const Outcome outcome = run(command);
  EXPECT_NE(outcome.code, 0);
  EXPECT_TRUE(contains(outcome.err, kBad));
  EXPECT_TRUE(contains(outcome.err, "ermission denied"));
  EXPECT_EQ(project.tables(), "");
}

}  // namespace
}  // namespace tide::test
