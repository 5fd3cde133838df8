#include "cli/project.h"

namespace tide::test {
namespace {

const char* const kOne = "20250101000001";

// The history's tables as a person leaves them who has corrected them by hand.
class EditedHistoryTest : public OnEngine {
 protected:
  EditedHistoryTest() {
    project.write("migrations/20250101000001_one.lua", creates("one"));
    project.write("migrations/20250101000002_two.lua", creates("two"));
    EXPECT_TRUE(exits(project.tide({"up"}), 0));
    project.write("migrations/20250101000003_three.lua", creates("three"));
  }
  std::string table(const std::string& name) const { return (project.on_postgres() ? "tide." : "tide_") + name; }
  void edit(const std::string& sql) { project.value(sql); }
  // Every command that reads the history says so, and none changes anything.
  void expect_refused(const std::string& part, const std::vector<Args>& commands) {
    for (const Args& args : commands) {
      const Outcome outcome = project.tide(args);
      EXPECT_TRUE(exits(outcome, 1)) << args[0];
      EXPECT_TRUE(contains(outcome.err, part)) << args[0];
      EXPECT_TRUE(contains(outcome.err, "next:")) << args[0];
    }
    EXPECT_EQ(project.tables(), "one two");
  }
  const std::vector<Args> kReaders = {{"status"},
                                      {"plan"},
                                      {"up"},
                                      {"down"},
                                      {"redo"},
                                      {"verify"},
                                      {"baseline", "20250101000003"},
                                      {"resolve", kOne, "--applied", "--reason", "x"}};
};
TIDE_ON_BOTH_ENGINES(EditedHistoryTest);

TEST_P(EditedHistoryTest, AStateThatNobodyKnowsIsNamed) {
  edit("UPDATE " + table("migrations") + " SET state = 'done' WHERE name = 'two'");
  expect_refused("version 20250101000002 is in the state \"done\"; known are applied, running and failed", kReaders);
}

TEST_P(EditedHistoryTest, AKindThatNobodyKnowsIsNamed) {
  edit("UPDATE " + table("migrations") + " SET kind = 'python' WHERE name = 'two'");
  expect_refused("version 20250101000002 is of the kind \"python\"; known are lua and sql", kReaders);
}

TEST_P(EditedHistoryTest, AVersionThatIsNoNumberIsNamed) {
  edit("UPDATE " + table("migrations") + " SET version = 'v2' WHERE name = 'two'");
  expect_refused("version \"v2\" is not made of digits", kReaders);
}

TEST_P(EditedHistoryTest, ARowThatStandsThereTwiceIsNamed) {
  if (project.on_postgres()) {
    edit(
        "ALTER TABLE tide.migrations DROP CONSTRAINT migrations_pkey; "
        "INSERT INTO tide.migrations SELECT * FROM tide.migrations WHERE name = 'two'");
  } else {
    edit("CREATE TABLE loose AS SELECT * FROM tide_migrations");
    edit("DROP TABLE tide_migrations");
    edit("ALTER TABLE loose RENAME TO tide_migrations");
    edit("INSERT INTO tide_migrations SELECT * FROM tide_migrations WHERE name = 'two'");
  }
  expect_refused("version 20250101000002 stands in it more than once", kReaders);
}

TEST_P(EditedHistoryTest, OneVersionInTwoSpellingsIsNamed) {
  edit("UPDATE " + table("migrations") + " SET version = '020250101000001' WHERE name = 'two'");
  expect_refused("are the same one", kReaders);
}

TEST_P(EditedHistoryTest, EverythingThatIsWrongIsSaidAtOnce) {
  edit("UPDATE " + table("migrations") + " SET version = 'v2', state = 'done' WHERE name = 'two'");
  expect_refused("version \"v2\" is not made of digits; version v2 is in the state \"done\"", {{"status"}});
}

TEST_P(EditedHistoryTest, TheEventsAreStillShown) {
  edit("UPDATE " + table("migrations") + " SET state = 'done'");
  const Outcome outcome = project.tide({"history"});
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(contains(outcome.out, "20250101000002"));
}

TEST_P(EditedHistoryTest, ARowThatIsGoneIsOutOfOrderAndCanBeRecordedAgain) {
  edit("DELETE FROM " + table("migrations") + " WHERE name = 'one'");
  const Outcome outcome = project.tide({"up"});
  EXPECT_TRUE(exits(outcome, 1));
  EXPECT_TRUE(contains(outcome.err, "20250101000001_one.lua is pending below the current version"));
  EXPECT_TRUE(contains(outcome.err, "tide resolve 20250101000001 --applied"));
  EXPECT_EQ(project.tables(), "one two");
  EXPECT_TRUE(exits(project.tide({"resolve", kOne, "--applied", "--reason", "its row was deleted"}), 0));
  EXPECT_TRUE(exits(project.tide({"up"}), 0));
  EXPECT_EQ(project.tables(), "one three two");
}

TEST_P(EditedHistoryTest, AChecksumOfAnotherKindStopsUpUnlessTheTokensTell) {
  edit("UPDATE " + table("migrations") + " SET checksum = '0cc175b9c0f1b6a831c399e269772661' WHERE name = 'two'");
  const Json note = project.json({"status"})["problems"];
  ASSERT_EQ(note.size(), 1u) << note.dump(2);
  EXPECT_EQ(note[0].value("kind", ""), "damaged");
  EXPECT_FALSE(note[0].value("blocks", true));
  edit("UPDATE " + table("migrations") + " SET fingerprint = '' WHERE name = 'two'");
  const Outcome outcome = project.tide({"up"});
  EXPECT_TRUE(exits(outcome, 1));
  EXPECT_TRUE(contains(outcome.err, "no SHA-256: \"0cc175b9c0f1b6a831c399e269772661\""));
  EXPECT_EQ(project.tables(), "one two");
  EXPECT_TRUE(exits(project.tide({"resolve", "two", "--applied", "--reason", "compared by hand"}), 0));
  EXPECT_TRUE(exits(project.tide({"up"}), 0));
  EXPECT_EQ(project.json({"status"})["problems"], Json::array());
}

TEST_P(EditedHistoryTest, AColumnThatIsGoneIsNamedBeforeAnythingRuns) {
  edit("ALTER TABLE " + table("migrations") + " DROP COLUMN checksum");
  expect_refused("was changed by hand", kReaders);
  expect_refused("checksum", {{"status"}});
}

TEST_P(EditedHistoryTest, AColumnThatOnlyWritingNeedsLeavesNothingHalfDone) {
  edit("ALTER TABLE " + table("migrations") + " DROP COLUMN session");
  expect_refused("was changed by hand", {{"up"}});
}

TEST_P(EditedHistoryTest, AnEmptyMetaIsNoEmptyHistory) {
  edit("DELETE FROM " + table("meta"));
  expect_refused("does not say its format", kReaders);
}

TEST_P(EditedHistoryTest, TwoFormatsAreNone) {
  if (project.on_postgres()) edit("ALTER TABLE tide.meta DROP CONSTRAINT meta_pkey");
  if (!project.on_postgres()) edit("CREATE TABLE loose AS SELECT * FROM tide_meta");
  if (!project.on_postgres()) edit("DROP TABLE tide_meta");
  if (!project.on_postgres()) edit("ALTER TABLE loose RENAME TO tide_meta");
  edit("INSERT INTO " + table("meta") + " VALUES ('format', '1')");
  expect_refused("has format 1 and 1", kReaders);
}

TEST_P(EditedHistoryTest, ATableThatIsGoneIsNamedAndNotMadeAgain) {
  for (const char* name : {"meta", "events", "migrations"}) {
    edit("ALTER TABLE " + table(name) + " RENAME TO " + (project.on_postgres() ? "away" : "tide_away"));
    expect_refused(std::string("and lacks ") + name, kReaders);
    edit("ALTER TABLE " + table("away") + " RENAME TO " + (project.on_postgres() ? name : table(name)));
  }
  EXPECT_TRUE(exits(project.tide({"up"}), 0));
}

TEST_P(EditedHistoryTest, ALaterFormatIsLeftAlone) {
  edit("UPDATE " + table("meta") + " SET value = '2' WHERE key = 'format'");
  expect_refused("has format 2; this tide knows format 1", kReaders);
  edit("ALTER TABLE " + table("migrations") + " RENAME COLUMN checksum TO digest");
  expect_refused("has format 2; this tide knows format 1", {{"status"}, {"up"}});
}

TEST_P(EditedHistoryTest, ACellThatCannotBeIsNoCrash) {
  const std::string rows = "UPDATE " + table("migrations");
  edit(rows + " SET name = '', who = '', host = '', run = '', duration_ms = -5 WHERE name = 'two'");
  const Outcome status = project.tide({"status"});
  EXPECT_TRUE(exits(status, 0)) << status.all();
  EXPECT_TRUE(contains(status.out, "20250101000002"));
}

}  // namespace
}  // namespace tide::test
