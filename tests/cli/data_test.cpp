#include <signal.h>

#include <chrono>
#include <thread>

#include "cli/project.h"

namespace tide::test {
namespace {

constexpr const char* kPeople = R"lua(
db:execute "CREATE TABLE people (id integer PRIMARY KEY, name text, age integer)"
db:execute("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) "
  .. "INSERT INTO people SELECT i, CASE WHEN i % 4 = 0 THEN 'NAME ' ELSE 'name ' END || i, i FROM n")
)lua";

// A call of data.transform on the table people with these further options.
std::string fix(const std::string& options, const std::string& change = "row.name = row.name:lower()") {
  return "return require('tide.data').transform(db, { table = 'people', columns = { 'name' }, " + options +
         (options.empty() ? "" : ", ") + "change = function(row) " + change + " end })";
}

class DataTest : public OnEngine {
 protected:
  void make(const std::string& text) {
    project.write("scripts/make.lua", text);
    ASSERT_TRUE(exits(project.tide({"run", "make"}), 0));
  }
  void SetUp() override { make(kPeople); }
  Outcome run_fix(const std::string& text, Args more = {}) {
    project.write("scripts/fix.lua", text);
    more.insert(more.begin(), {"run", "fix"});
    return project.tide(more);
  }
  void expect_failure(const std::string& text, int code, const std::vector<std::string>& parts) {
    const Outcome outcome = run_fix(text);
    EXPECT_TRUE(exits(outcome, code)) << text;
    for (const std::string& part : parts) EXPECT_TRUE(contains(outcome.err, part)) << text;
    EXPECT_EQ(upper_case(), "500") << text;
  }
  std::string upper_case() const { return project.value("SELECT count(*) FROM people WHERE name <> lower(name)"); }
  std::string ours(const std::string& table) const { return (project.on_postgres() ? "tide." : "tide_") + table; }
};
TIDE_ON_BOTH_ENGINES(DataTest);

TEST_P(DataTest, OnlyRowsThatTheFunctionHasChangedAreWritten) {
  const Outcome outcome = run_fix(fix("batch = 300"));
  EXPECT_TRUE(exits(outcome, 0));
  const Json report = parse_json(outcome.out);
  EXPECT_EQ(report["rows"], 2000);
  EXPECT_EQ(report["changed"], 500);
  EXPECT_EQ(upper_case(), "0");
  EXPECT_TRUE(contains(outcome.err, "people: 500 of 2000 rows changed"));
}

TEST_P(DataTest, WhereAndReadAndSetSayWhatIsSeenAndWhatIsWrittenBeside) {
  EXPECT_TRUE(exits(run_fix(fix("where = 'id <= 1000', set = { age = 'age + 1' }")), 0));
  EXPECT_EQ(upper_case(), "250");
  EXPECT_EQ(project.value("SELECT count(*) FROM people WHERE age = id + 1"), "250");
}

TEST_P(DataTest, TheTablesOfAnEarlierTideAreTakenOn) {
  EXPECT_TRUE(exits(run_fix(fix("")), 0));
  project.value("ALTER TABLE " + ours("runs") + " DROP COLUMN waiting");
  EXPECT_TRUE(exits(project.tide({"runs", "1"}), 0));
  project.value("ALTER TABLE " + ours("runs") + " DROP COLUMN waiting");
  EXPECT_TRUE(exits(run_fix(fix("")), 0));
}

TEST_P(DataTest, AnUndoPutsBackEveryRowThatNobodyHasTouchedSince) {
  ASSERT_TRUE(exits(run_fix(fix("set = { age = '0' }", "if row.id % 4 == 0 then row.name = null end")), 0));
  EXPECT_EQ(project.value("SELECT count(*) FROM people WHERE name IS NULL AND age = 0"), "500");
  make("db:execute \"UPDATE people SET name = 'mine' WHERE id = 8\" db:execute 'DELETE FROM people WHERE id = 12'");
  const Outcome outcome = project.tide({"undo", "1"});
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_EQ(outcome.out, "498 rows restored, 2 left\n");
  EXPECT_TRUE(contains(outcome.err, "people (id = 8), people (id = 12)"));
  EXPECT_EQ(project.value("SELECT name FROM people WHERE id = 8"), "mine");
  EXPECT_EQ(project.value("SELECT count(*) FROM people WHERE name = 'NAME ' || id AND age = id"), "498");
  EXPECT_TRUE(contains(project.tide({"runs"}).out, "undone"));
}

TEST_P(DataTest, AnUndoRestoresEveryTypeExactly) {
  make(
      project.on_postgres()
          ? R"lua(db:execute [[CREATE TABLE kinds (id uuid PRIMARY KEY, n numeric, f float8, t timestamptz, j jsonb, a int[], b bytea,
                   c char(5), d date, i interval, s text, nil text, g int GENERATED ALWAYS AS (length(s)) STORED)]]
             db:execute [[INSERT INTO kinds VALUES (gen_random_uuid(), 12345678901234567890.123400, 0.1::float8 + 0.2, 
               '2024-02-29 23:59:59.123456+05:30', '{"b": [1, 2.50], "a": null}', '{1,NULL,3}', '\x00ff5c0a', 'ab', '0044-03-15 BC',
               '1 mon -2 days', E'tab\there\nback\\slash', NULL)]]
             db:execute "CREATE TABLE was AS SELECT * FROM kinds")lua"
          : R"lua(db:execute [[CREATE TABLE kinds (id blob PRIMARY KEY NOT NULL, n numeric, f real, t text, j text, a, b blob, c, d, i, s, nil,
                   g GENERATED ALWAYS AS (length(s)) STORED)]]
             db:execute [[INSERT INTO kinds VALUES (x'00ff27', 9007199254740993, 0.1 + 0.2, '2024', '{}', 7, x'00ff5c0a', 1.5, '', 'x',
               'tab	here', NULL)]]
             db:execute "CREATE TABLE was AS SELECT * FROM kinds")lua");
  const std::string columns = "n f t j a b c d i s nil";
  project.write("scripts/fix.lua", R"lua(
    require("tide.data").transform(db, { table = "kinds", columns = { "n", "f", "t", "j", "a", "b", "c", "d", "i", "s", "nil" },
      change = function(row) for _, name in ipairs { "n", "f", "t", "j", "a", "b", "c", "d", "i", "s" } do row[name] = nil end
        row["nil"] = "x" end }))lua");
  ASSERT_TRUE(exits(project.tide({"run", "fix"}), 0));
  EXPECT_EQ(project.value("SELECT count(*) FROM kinds WHERE n IS NULL AND b IS NULL"), "1");
  ASSERT_TRUE(exits(project.tide({"undo", "1"}), 0));
  const std::string same =
      project.on_postgres()
          ? "k::text = w::text"
          : "k.n IS w.n AND typeof(k.b) = typeof(w.b) AND "
            "k.b IS w.b AND k.f IS w.f AND k.s IS w.s AND k.a IS w.a AND k.nil IS w.nil AND typeof(k.c) = typeof(w.c)";
  EXPECT_EQ(project.value("SELECT count(*) FROM kinds k, was w WHERE " + same), "1");
}

struct Key {
  const char* definition;
  const char* value;  // of row i
};

TEST_P(DataTest, RowsAreFoundByAnyPrimaryOrUniqueKey) {
  const Key keys[] = {
      {"a integer, b text, PRIMARY KEY (a, b)", "i / 10, 'b' || (i % 10)"},
      {"a text NOT NULL UNIQUE, b integer", "'it''s ' || i, 1"},
      {"a text PRIMARY KEY NOT NULL, b integer", "CASE i % 3 WHEN 0 THEN 'Z' WHEN 1 THEN 'a' ELSE 'ä' END || i, 1"},
  };
  int number = 0;
  for (const Key& key : keys) {
    const std::string table = "t" + std::to_string(++number);
    make("db:execute [[CREATE TABLE " + table + " (v integer, " + key.definition +
         ")]] db:execute [[WITH RECURSIVE n (i) AS "
         "(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500) INSERT INTO " +
         table + " SELECT 0, " + key.value + " FROM n]]");
    EXPECT_TRUE(exits(run_fix("require('tide.data').transform(db, { table = '" + table +
                              "', columns = { 'v' }, batch = 70, "
                              "change = function(row) row.v = row.v + 1 end })"),
                      0))
        << key.definition;
    EXPECT_EQ(project.value("SELECT count(*) FROM " + table + " WHERE v = 1"), "1500") << key.definition;
    EXPECT_TRUE(exits(project.tide({"undo", std::to_string(number)}), 0)) << key.definition;
    EXPECT_EQ(project.value("SELECT count(*) FROM " + table + " WHERE v = 0"), "1500") << key.definition;
  }
}

TEST_P(DataTest, ADryRunCountsShowsAndWritesNothing) {
  const Outcome outcome = run_fix(fix(""), {"--dry-run"});
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(contains(outcome.err, "people: 500 of 2000 rows would change"));
  EXPECT_TRUE(contains(outcome.err, "  id  column  before   after\n    4   name    NAME 4   name 4\n"));
  EXPECT_EQ(upper_case(), "500");
  EXPECT_TRUE(contains(project.tide({"runs"}).out, "no data fix has run yet"));
}

TEST_P(DataTest, ExpectIsLookedAtBeforeTheFirstWrite) {
  expect_failure(fix("expect = { max = 499 }"), 4,
                 {"people: 500 rows would change, expect.max = 499: nothing was changed"});
  expect_failure(fix("expect = { min = 501 }"), 4,
                 {"people: 500 rows would change, expect.min = 501: nothing was changed"});
  expect_failure(fix("expect = { min = 9000 }"), 4, {"people: 2000 rows are there, expect.min = 9000"});
  EXPECT_TRUE(exits(run_fix(fix("expect = { min = 500, max = 500 }")), 0));
}

TEST_P(DataTest, WhatIsWrongWithTheCallIsSaidBeforeAnythingIsDone) {
  const std::pair<const char*, const char*> cases[] = {
      {"wher = 'id > 1'", "data.transform has no option 'wher', did you mean 'where'?"},
      {"batch = 0", "batch is a whole number from 1 on"},
      {"read = { 'agee' }", "people has no column 'agee', did you mean 'age'?"},
      {"key = 'name'", "people has no unique key (name)"},
      {"on_error = 'ignore'", R"(on_error is "stop" or "collect", not "ignore")"},
      {"throttle = { lag = 1 }", "throttle has no option 'lag'"},
      {"set = { id = '1' }", "set.id is part of the key"},
      {"set = { name = 'x' }", "name is in `columns` and in `set`"},
      {"expect = { most = 1 }", "expect has no option 'most'"},
  };
  for (const auto& [options, message] : cases) expect_failure(fix(options), 2, {message});
  expect_failure("require('tide.data').transform(db, { table = 'peple', columns = { 'x' }, change = print })", 2,
                 {"there is no table peple"});
  expect_failure("require('tide.data').transform(db, { table = 'people', columns = { 'id' }, change = print })", 2,
                 {"id is part of the key"});
}

TEST_P(DataTest, ATableWithoutAKeyIsRefused) {
  make("db:execute 'CREATE TABLE loose (a integer, b integer UNIQUE)'");
  expect_failure("require('tide.data').transform(db, { table = 'loose', columns = { 'a' }, change = print })", 2,
                 {"loose has no unique key", "(b), which may be NULL"});
}

TEST_P(DataTest, AFunctionThatFailsSaysOnWhichRow) {
  expect_failure(fix("", "if row.id == 1 then error 'no name' end"), 1,
                 {"people (id = 1): no name", "scripts/fix.lua:1"});
  expect_failure(fix("", "row.nam = 1"), 2, {"people (id = 1): a row of people has no 'nam', did you mean 'name'?"});
  expect_failure(fix("", "row.id = row.id + 1"), 2, {"people (id = 1): `change` changed id, which is part of the key"});
  expect_failure(fix("read = { 'age' }", "row.age = -1"), 2,
                 {"people (id = 1): `change` changed age, which is only read"});
  expect_failure(fix("", "return row.name"), 2, {"people (id = 1): `change` returned a string"});
  expect_failure(fix("", "row.name = print"), 2, {"people (id = 1)", "name is a function"});
  expect_failure(fix("", "coroutine.yield()"), 2, {"people (id = 1): `change` yielded"});
}

TEST_P(DataTest, AFixThatFailedGoesOnWhereItStood) {
  const std::string counting = "row.name = row.name .. '!'";
  EXPECT_TRUE(exits(run_fix(fix("batch = 100", counting + " if row.id == 1234 then error 'odd' end")), 1));
  EXPECT_TRUE(contains(project.tide({"runs"}).out, "failed"));
  const Outcome outcome = run_fix(fix("batch = 100", counting));
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(contains(outcome.err, "run 1 of scripts/fix.lua goes on"));
  EXPECT_EQ(project.value("SELECT count(*) FROM people WHERE name LIKE '%!' AND name NOT LIKE '%!!'"), "2000");
}

TEST_P(DataTest, RowsThatTheDatabaseRefusesAreNamedOrCollected) {
  make(project.on_postgres() ? "db:execute [[ALTER TABLE people ADD CHECK (name <> 'name 100!' AND name <> 'name 7!')]]"
                             : "db:execute [[CREATE TRIGGER odd BEFORE UPDATE ON people WHEN NEW.name IN ('name 100!', "
                               "'name 7!') BEGIN SELECT RAISE(ABORT, 'odd'); END]]");
  const std::string text = "row.name = row.name:lower() .. '!'";
  Outcome outcome = run_fix(fix("", text));
  EXPECT_TRUE(exits(outcome, 1));
  EXPECT_TRUE(contains(outcome.err, "people (id = 7): "));
  EXPECT_EQ(project.value("SELECT count(*) FROM people WHERE name LIKE '%!'"), "0");
  outcome = run_fix(fix("on_error = 'collect'", text));
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(contains(outcome.err, "1998 of 2000 rows changed, 2 failed"));
  EXPECT_EQ(project.value("SELECT count(*) FROM people WHERE name LIKE '%!'"), "1998");
  const Json run = project.json({"runs", "2"});
  ASSERT_EQ(run["failed_rows"].size(), 2U);
  EXPECT_EQ(run["failed_rows"][0]["key"], "people (id = 7)");
}

TEST_P(DataTest, ItIsPausedResumedAndNotStartedTwice) {
  project.write("scripts/fix.lua", fix("batch = 50, pause = '50ms'"));
  Process process(project.command({"run", "fix"}));
  ASSERT_TRUE(process.wait_for("people  "));
  EXPECT_TRUE(exits(project.tide({"pause", "1"}), 0));
  ASSERT_TRUE(process.wait_for("waiting, paused by"));
  const Outcome second = project.tide({"run", "fix"});
  EXPECT_TRUE(exits(second, 3));
  EXPECT_TRUE(contains(second.err, "run 1 of scripts/fix.lua is being worked on by"));
  EXPECT_TRUE(contains(second.err, "tide work 1"));
  EXPECT_TRUE(contains(project.tide({"runs"}).out, "running, paused by"));
  EXPECT_TRUE(exits(project.tide({"resume", "1"}), 0));
  EXPECT_TRUE(exits(process.wait(), 0));
  EXPECT_EQ(upper_case(), "0");
}

TEST_P(DataTest, InAMigrationItIsTakenOnByTheNextUpAndUndoneByDown) {
  project.write(
      "migrations/0002_fix.lua",
      "local data = require 'tide.data' return { transaction = false, up = function(db) data.transform(db, { table = "
      "'people', columns = { 'name' }, batch = 100, pause = '60ms', change = function(row) row.name = row.name:upper() "
      "end }) end, down = data.undo }");
  project.write("migrations/0003_later.lua",
                "return { up = function(db) require('tide.data').ensure_done(db, '0002') end, down = function() end }");
  EXPECT_TRUE(contains(project.tide({"plan", "--sql"}).err, "people: 1500 of 2000 rows would change"));
  Process process(project.command({"up"}));
  ASSERT_TRUE(process.wait_for("people  "));
  process.signal(SIGINT);
  const Outcome stopped = process.wait();
  EXPECT_TRUE(exits(stopped, 130));
  EXPECT_TRUE(contains(stopped.err, "the data fix stands at its checkpoint"));
  const Outcome outcome = project.tide({"up"});
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(contains(outcome.err, "run 1 of migration 0002 goes on"));
  EXPECT_EQ(project.applied(), "0002 0003");
  EXPECT_EQ(project.value("SELECT count(*) FROM people WHERE name <> upper(name)"), "0");
  EXPECT_TRUE(exits(project.tide({"down", "-n", "2"}), 0));
  EXPECT_EQ(upper_case(), "500");
  EXPECT_TRUE(exits(project.tide({"up"}), 0));
  EXPECT_EQ(project.value("SELECT count(*) FROM " + ours("runs")), "2");
}

TEST_P(DataTest, EnsureDoneStopsAMigrationWhoseFixIsNotDone) {
  project.write("migrations/0003_later.lua",
                "return { up = function(db) require('tide.data').ensure_done(db, '0002') end, down = function() end }");
  const Outcome outcome = project.tide({"up"});
  EXPECT_TRUE(exits(outcome, 4));
  EXPECT_TRUE(contains(outcome.err, "the data fix of migration 0002 has not begun"));
}

TEST_P(DataTest, AMigrationWithATransactionIsRefused) {
  project.write("migrations/0002_fix.lua", lua_migration(fix("").substr(7)));
  const Outcome outcome = project.tide({"up"});
  EXPECT_TRUE(exits(outcome, 2));
  EXPECT_TRUE(contains(outcome.err, "the migration needs transaction = false"));
  expect_failure("db:transaction(function() " + fix("") + " end)", 2, {"cannot run inside db:transaction"});
}

TEST_P(DataTest, BeforeImagesArePurgedWhenTheyNeedNotBeKept) {
  ASSERT_TRUE(exits(run_fix(fix("")), 0));
  EXPECT_EQ(project.json({"runs", "--purge"})["purged"].size(), 0U);
  EXPECT_EQ(project.json({"runs", "--purge", "--older-than", "0s"})["purged"].size(), 1U);
  const Outcome outcome = project.tide({"undo", "1"});
  EXPECT_TRUE(exits(outcome, 2));
  EXPECT_TRUE(contains(outcome.err, "has no before-images"));
}

TEST_P(DataTest, BackfillAndDeleteAreOneStatementInBatches) {
  Outcome outcome = run_fix(
      "return require('tide.data').backfill(db, { table = 'people', set = { age = 'age * 2' }, where = 'id <= 1900', "
      "batch = 77 })");
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_EQ(parse_json(outcome.out)["changed"], 1900);
  EXPECT_EQ(project.value("SELECT sum(age) FROM people"), std::to_string(1900 * 1901 + 100 * 3901 / 2));
  outcome = run_fix(
      "return require('tide.data').delete(db, { table = 'people', where = 'id > 500', batch = 90, expect = { max = "
      "1499 } })");
  EXPECT_TRUE(exits(outcome, 4));
  EXPECT_TRUE(contains(outcome.err, "people: 1500 rows fulfil `where`, expect.max = 1499: nothing was changed"));
  EXPECT_TRUE(
      exits(run_fix("require('tide.data').delete(db, { table = 'people', where = 'id > 500', batch = 90 })"), 0));
  EXPECT_EQ(project.value("SELECT count(*) FROM people"), "500");
  EXPECT_TRUE(
      contains(run_fix("require('tide.data').delete(db, { table = 'people' })").err, "data.delete needs `where`"));
}

TEST_P(DataTest, EachIsCalledForEveryRowAndGoesOnBehindTheLastOneThatWasDone) {
  const std::string text =
      "require('tide.data').each(db, { table = 'people', columns = { 'name' }, where = 'id <= 6', each = function(row) "
      "fs.write(row.id .. '.txt', row.name) ";
  EXPECT_TRUE(exits(run_fix(text + "if row.id == 4 then error 'no' end end })"), 1));
  project.remove("1.txt");
  EXPECT_TRUE(exits(run_fix(text + "end })"), 0));
  EXPECT_FALSE(project.has("1.txt"));
  EXPECT_EQ(project.read("6.txt"), "name 6");
  EXPECT_TRUE(contains(project.tide({"undo", "1"}).err, "kept no before-images"));
}

TEST_P(DataTest, ARunThatIsNotThereIsSaid) {
  for (const char* command : {"undo", "pause", "resume", "work", "runs"}) {
    const Outcome outcome = project.tide({command, "7"});
    EXPECT_TRUE(exits(outcome, 2)) << command;
    EXPECT_TRUE(contains(outcome.err, "there is no run 7")) << command;
  }
  EXPECT_TRUE(contains(project.tide({"undo", "x"}).err, "'x' is no run of a data fix"));
}

}  // namespace
}  // namespace tide::test
