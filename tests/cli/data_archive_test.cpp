#include "cli/project.h"

namespace tide::test {
namespace {

void execute(const Project& in, const std::string& sql) {
  in.write("scripts/sql.lua", "db:script [==[" + sql + "]==]");
  ASSERT_TRUE(exits(in.tide({"run", "sql"}), 0)) << sql;
}

constexpr const char* kEvents =
    "CREATE TABLE events (id integer PRIMARY KEY, name text NOT NULL, note text); "
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) INSERT INTO events SELECT i, "
    "'name ' || "
    "i, CASE i % 2 WHEN 0 THEN '' END FROM n";
constexpr const char* kOld = "CREATE TABLE old_events (id integer PRIMARY KEY, name text NOT NULL, note text)";

class DataArchiveTest : public OnEngine {
 protected:
  void SetUp() override { execute(project, kEvents); }
  Outcome archive(const std::string& options, Args more = {}) const {
    project.write("scripts/archive.lua",
                  "return require('tide.data').archive(db, { table = 'events', to = 'old_events', " + options + " })");
    more.insert(more.begin(), {"run", "archive"});
    return project.tide(more);
  }
  std::string left() const { return project.value("SELECT count(*) FROM events"); }
};
TIDE_ON_BOTH_ENGINES(DataArchiveTest);

TEST_P(DataArchiveTest, RowsAreMovedIntoATableOfTheSameDatabase) {
  const Outcome outcome = archive("where = 'id <= 1500', batch = 170, create = true");
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_EQ(parse_json(outcome.out)["changed"], 1500);
  EXPECT_TRUE(contains(outcome.err, "events: 1500 rows archived in old_events"));
  EXPECT_EQ(left(), "500");
  EXPECT_EQ(project.value("SELECT count(*) FROM old_events WHERE name = 'name ' || id AND id <= 1500"), "1500");
  EXPECT_TRUE(contains(project.tide({"undo", "1"}).err, "(data.archive) kept no before-images"));
}

TEST_P(DataArchiveTest, ADryRunCountsAndWritesNothing) {
  const Outcome outcome = archive("where = 'id <= 1500', create = true", {"--dry-run"});
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(contains(outcome.err, "old_events would be created"));
  EXPECT_TRUE(contains(outcome.err, "events: about 1500 rows would be archived in old_events"));
  EXPECT_EQ(left(), "2000");
}

TEST_P(DataArchiveTest, WhatIsWrongWithTheCallIsSaidBeforeAnythingIsDone) {
  const auto expect_failure = [this](const std::string& options, int code, const std::string& message) {
    const Outcome outcome = archive(options);
    EXPECT_TRUE(exits(outcome, code)) << options;
    EXPECT_TRUE(contains(outcome.err, message)) << options;
    EXPECT_EQ(left(), "2000") << options;
  };
  expect_failure("where = 'true'", 2, "there is no table old_events");
  execute(project, kOld);
  expect_failure("batch = 10", 2, "data.archive needs `where`");
  expect_failure("where = 'true', batch = 1.5", 2, "data.archive: batch is a whole number from 1 on");
  expect_failure("where = 'true', int = 'x'", 2, "data.archive has no option 'int', did you mean 'into'?");
  expect_failure("where = 'id > 100', expect = { max = 10 }", 4, "1900 rows fulfil `where`, expect.max = 10");
  execute(project, "ALTER TABLE events ADD COLUMN kind text");
  expect_failure("where = 'true'", 2, "old_events has no column kind, which events of the source has");
  project.write("scripts/archive.lua",
                "require('tide.data').archive(db, { table = 'events', to = 'events', where = 'true' })");
  EXPECT_TRUE(contains(project.tide({"run", "archive"}).err, "events would be archived into itself"));
}

TEST_P(DataArchiveTest, ARowThatIsReferredToIsNamedAndStays) {
  execute(project,
          std::string(kOld) +
              "; CREATE TABLE uses (id integer PRIMARY KEY, event integer REFERENCES events (id)); INSERT INTO uses "
              "VALUES (1, 777)");
  const Outcome outcome = archive("where = 'true', batch = 500");
  EXPECT_TRUE(exits(outcome, 1));
  EXPECT_TRUE(contains(outcome.err, "events (id = 777): "));
  EXPECT_EQ(project.value("SELECT min(id) FROM events"), "777");
  EXPECT_EQ(project.value("SELECT count(*) FROM old_events"), "776");
  execute(project, "DELETE FROM uses");
  EXPECT_TRUE(exits(archive("where = 'true', batch = 500"), 0));
  EXPECT_EQ(project.value("SELECT count(*) FROM old_events"), "2000");
}

TEST_P(DataArchiveTest, WhatADeleteWouldTakeAlongIsSaid) {
  execute(project,
          std::string(kOld) +
              "; CREATE TABLE parts (id integer PRIMARY KEY, event integer REFERENCES events (id) ON DELETE CASCADE); "
              "INSERT INTO parts VALUES (1, 777)");
  const Outcome outcome = archive("where = 'true'");
  EXPECT_TRUE(exits(outcome, 2));
  EXPECT_TRUE(contains(outcome.err, "deleting its rows would delete or empty rows of parts"));
  EXPECT_EQ(left(), "2000");
  EXPECT_TRUE(exits(archive("where = 'true', cascade = true"), 0));
  EXPECT_EQ(left(), "0");
  EXPECT_EQ(project.value("SELECT count(*) FROM parts"), "0");
}

TEST_P(DataArchiveTest, ARowThatTheArchiveDoesNotTakeIsNotDeleted) {
  execute(
      project,
      std::string(kOld) + "; " +
          (project.on_postgres()
               ? "CREATE FUNCTION odd() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN IF new.id = 42 THEN RETURN NULL; "
                 "END IF; RETURN new; END$$; CREATE TRIGGER odd BEFORE INSERT ON old_events FOR EACH ROW EXECUTE "
                 "FUNCTION odd()"
               : "CREATE TRIGGER odd BEFORE INSERT ON old_events WHEN new.id = 42 BEGIN SELECT RAISE(IGNORE); END"));
  const Outcome outcome = archive("where = 'true'");
  EXPECT_TRUE(exits(outcome, 1));
  EXPECT_TRUE(contains(outcome.err, "events (id = 42): "));
  EXPECT_TRUE(contains(outcome.err, "a trigger holds the others back"));
  EXPECT_EQ(left(), "1959");
}

class DataArchiveThereTest : public DataArchiveTest {
 protected:
  Outcome archive_into(const Project& other, const std::string& options) const {
    const std::string url = other.on_postgres() ? other.url() : "sqlite:" + other.path("dev.db");
    return archive("into = '" + url + "', " + options);
  }
  void moves(const Project& other) const {
    execute(other, kOld);
    // what an attempt has brought there that was killed before it could delete it here
    execute(other, "INSERT INTO old_events VALUES (5, 'name 5', NULL), (6, 'name 6', '')");
    const Outcome outcome = archive_into(other, "where = 'id <= 1500', batch = 170");
    EXPECT_TRUE(exits(outcome, 0));
    EXPECT_EQ(parse_json(outcome.out)["changed"], 1500);
    EXPECT_EQ(left(), "500");
    EXPECT_EQ(other.value("SELECT count(*) FROM old_events WHERE name = 'name ' || id AND (note = '' OR id % 2 = 1)"),
              "1500");
  }
  void keeps_what_differs(const Project& other) const {
    execute(other, std::string(kOld) + "; INSERT INTO old_events VALUES (1200, 'name 1200', 'other')");
    const Outcome outcome = archive_into(other, "where = 'true', batch = 500");
    EXPECT_TRUE(exits(outcome, 4));
    EXPECT_TRUE(
        contains(outcome.err, "events (id = 1200): old_events of the other database has another row by this key"));
    EXPECT_EQ(project.value("SELECT min(id) FROM events"), "1200");
    EXPECT_EQ(other.value("SELECT note FROM old_events WHERE id = 1200"), "other");
    execute(other, "DELETE FROM old_events WHERE id = 1200");
    EXPECT_TRUE(exits(archive_into(other, "where = 'true', batch = 500"), 0));
    EXPECT_EQ(other.value("SELECT count(*) FROM old_events"), "2000");
    EXPECT_EQ(left(), "0");
  }
};
TIDE_ON_BOTH_ENGINES(DataArchiveThereTest);

TEST_P(DataArchiveThereTest, RowsAreMovedIntoAnotherDatabase) {
  moves(Project(Engine::kSqlite));
  execute(project, "DELETE FROM events; " + std::string(kEvents).substr(std::string(kEvents).find("WITH")));
  moves(Project(Engine::kPostgres));
}

TEST_P(DataArchiveThereTest, ARowThatIsThereOtherwiseIsNotDeletedHere) {
  keeps_what_differs(Project(Engine::kSqlite));
  execute(project, "DELETE FROM events; " + std::string(kEvents).substr(std::string(kEvents).find("WITH")));
  keeps_what_differs(Project(Engine::kPostgres));
}

TEST_P(DataArchiveThereTest, TheTableIsMadeInADatabaseOfTheSameEngineOnly) {
  const Project same(GetParam()), other(project.on_postgres() ? Engine::kSqlite : Engine::kPostgres);
  EXPECT_TRUE(contains(archive_into(other, "where = 'true', create = true").err,
                       "create = true makes a table of the same engine"));
  EXPECT_TRUE(exits(archive_into(same, "where = 'true', create = true"), 0));
  EXPECT_EQ(same.value("SELECT count(*) FROM old_events"), "2000");
  EXPECT_EQ(left(), "0");
}

}  // namespace
}  // namespace tide::test
