#include <signal.h>

#include "cli/project.h"

namespace tide::test {
namespace {

const char* const kAdd = "row.a = row.a .. '!'";

// A table u of six rows: a = 'a1' .. 'a6', b = 'b'.
class DataUndoTest : public OnEngine {
 protected:
  void make(const std::string& text) const {
    project.write("scripts/make.lua", text);
    ASSERT_TRUE(exits(project.tide({"run", "make"}), 0));
  }
  void sql(const std::string& text) const { make("db:script [==[" + text + "]==]"); }
  void SetUp() override {
    sql("CREATE TABLE u (id integer PRIMARY KEY, a text, b text, c integer); "
        "INSERT INTO u (id, a, b, c) VALUES (1, 'a1', 'b', 1), (2, 'a2', 'b', 2), (3, 'a3', 'b', 3), (4, 'a4', 'b', "
        "4), "
        "(5, 'a5', 'b', 5), (6, 'a6', 'b', 6)");
  }
  Outcome fix(const std::string& change = kAdd, const std::string& more = "",
              const std::string& columns = "'a'") const {
    project.write("scripts/fix.lua", "require('tide.data').transform(db, { table = 'u', columns = { " + columns +
                                         " }, batch = 2, " + more + " change = function(row) " + change + " end })");
    return project.tide({"run", "fix"});
  }
  void expect_undo(int run, int code, const std::string& part) const {
    const Outcome outcome = project.tide({"undo", std::to_string(run)});
    EXPECT_TRUE(exits(outcome, code)) << run;
    EXPECT_TRUE(contains(outcome.all(), part)) << run;
  }
  std::string all(const std::string& column = "a") const {
    const std::string list = project.on_postgres() ? "string_agg(" : "group_concat(";
    return project.value("SELECT " + list + "t, ' ') FROM (SELECT coalesce(CAST(" + column +
                         " AS text), '-') AS t FROM u ORDER BY id) AS t");
  }
};
TIDE_ON_BOTH_ENGINES(DataUndoTest);
class PostgresUndoTest : public DataUndoTest {};
INSTANTIATE_TEST_SUITE_P(Engines, PostgresUndoTest, testing::Values(Engine::kPostgres), engine_name);

TEST_P(DataUndoTest, ASecondUndoSaysThatNothingIsLeft) {
  ASSERT_TRUE(exits(fix(), 0));
  expect_undo(1, 0, "6 rows restored, 0 left");
  expect_undo(1, 0, "run 1 was undone before");
  EXPECT_EQ(all(), "a1 a2 a3 a4 a5 a6");
}

TEST_P(DataUndoTest, ARowThatIsAsTheFixHasLeftItAgainIsRestoredByALaterUndo) {
  ASSERT_TRUE(exits(fix(), 0));
  sql("UPDATE u SET a = 'mine' WHERE id = 2; UPDATE u SET b = 'mine' WHERE id = 3; DELETE FROM u WHERE id = 4; "
      "UPDATE u SET id = 50 WHERE id = 5");
  const Outcome outcome = project.tide({"undo", "1"});
  EXPECT_EQ(outcome.out, "3 rows restored, 3 left\n");
  EXPECT_TRUE(contains(outcome.err, "u (id = 2), u (id = 4), u (id = 5)"));
  EXPECT_EQ(all(), "a1 mine a3 a6 a5!");
  EXPECT_EQ(all("b"), "b b mine b b");
  sql("UPDATE u SET a = 'a2!' WHERE id = 2");
  expect_undo(1, 0, "1 rows restored, 2 left");
  EXPECT_EQ(all(), "a1 a2 a3 a6 a5!");
}

// Equal is not the same: what somebody has written differently since stays.
TEST_P(DataUndoTest, AValueThatIsOnlyEqualToWhatTheFixWroteHasChangedSince) {
  sql(project.on_postgres()
          ? "CREATE EXTENSION citext; ALTER TABLE u ALTER a TYPE citext, ALTER b TYPE interval USING '1 day', ALTER c "
            "TYPE "
            "numeric, ADD j json"
          : "DROP TABLE u; CREATE TABLE u (id integer PRIMARY KEY, a text COLLATE NOCASE, b, c, j); INSERT INTO u (id, "
            "a, b, c) "
            "VALUES (1, 'a1', 1, 1), (2, 'a2', 1, 1), (3, 'a3', 1, 1), (4, 'a4', 1, 1), (5, 'a5', 1, 1)");
  const char* values = project.on_postgres() ? "row.a, row.b, row.c, row.j = 'x', '30 days', '1.0', '{}'"
                                             : "row.a, row.b, row.c, row.j = 'x', '30', 10, '{}'";
  ASSERT_TRUE(exits(fix(values, "", "'a', 'b', 'c', 'j'"), 0));
  sql(project.on_postgres()
          ? "UPDATE u SET a = 'X' WHERE id = 1; UPDATE u SET b = '1 mon' WHERE id = 2; UPDATE u SET c = 1.00 WHERE id "
            "= 3"
          : "UPDATE u SET a = 'X' WHERE id = 1; UPDATE u SET b = 30 WHERE id = 2; UPDATE u SET c = 10.0 WHERE id = 3");
  const Outcome outcome = project.tide({"undo", "1"});
  EXPECT_TRUE(contains(outcome.out, " rows restored, 3 left\n"));
  EXPECT_TRUE(contains(outcome.err, "u (id = 1), u (id = 2), u (id = 3);"));
  EXPECT_TRUE(contains(all(), "X x x a4 a5"));
}

TEST_P(DataUndoTest, TwoFixesOfATableAreUndoneFromTheLastOneOnly) {
  ASSERT_TRUE(exits(fix(), 0));
  ASSERT_TRUE(exits(fix(), 0));
  expect_undo(1, 0, "0 rows restored, 6 left");
  EXPECT_EQ(all(), "a1!! a2!! a3!! a4!! a5!! a6!!");
  expect_undo(2, 0, "6 rows restored, 0 left");
  expect_undo(1, 0, "6 rows restored, 0 left");
  EXPECT_EQ(all(), "a1 a2 a3 a4 a5 a6");
}

TEST_P(DataUndoTest, WhatAFixHadDoneWhenItFailedIsUndone) {
  const std::string failing = "if row.id == 4 then error 'no' end row.a = 'gone'";
  EXPECT_TRUE(exits(fix(failing), 1));
  EXPECT_EQ(all(), "gone gone a3 a4 a5 a6");
  expect_undo(1, 0, "2 rows restored, 0 left");
  EXPECT_TRUE(exits(fix(failing), 1));
  EXPECT_TRUE(contains(project.tide({"runs", "--abandon", "2"}).out, "run 2 will not go on"));
  expect_undo(2, 0, "2 rows restored, 0 left");
  EXPECT_TRUE(contains(project.tide({"runs", "--abandon", "2"}).err, "run 2 of scripts/fix.lua is undone"));
  EXPECT_EQ(all(), "a1 a2 a3 a4 a5 a6");
}

TEST_P(DataUndoTest, ARunOfAScriptThatIsCaughtInItBelongsToNobodyAfterwards) {
  project.write("scripts/fix.lua",
                "pcall(require('tide.data').transform, db, { table = 'u', columns = { 'a' }, batch = 2, change = "
                "function(row) if "
                "row.id == 4 then error 'no' end row.a = 'gone' end }) local out = shell.run({ '" TIDE_BINARY
                "', 'undo', '1' }, { check = false }) print(out.out .. out.err)");
  EXPECT_TRUE(contains(project.tide({"run", "fix"}).all(), "2 rows restored, 0 left"));
}

TEST_P(DataUndoTest, WhatHasGoneFromTheTableIsSaidBeforeAnythingIsDone) {
  ASSERT_TRUE(exits(fix(), 0));
  const std::string begin = "run 1 of scripts/fix.lua cannot be undone: ";
  sql("ALTER TABLE u RENAME COLUMN a TO aa");
  expect_undo(1, 2, begin + "u has no column 'a', did you mean 'aa'?");
  sql("ALTER TABLE u RENAME COLUMN aa TO a; ALTER TABLE u RENAME COLUMN id TO ident");
  expect_undo(1, 2, begin + "u has no column 'id'");
  sql("ALTER TABLE u RENAME COLUMN ident TO id; ALTER TABLE u RENAME TO w");
  expect_undo(1, 2, begin + "there is no table");
  sql("ALTER TABLE w RENAME TO u");
  expect_undo(1, 0, "6 rows restored, 0 left");
}

TEST_P(DataUndoTest, ARowThatTheDatabaseRefusesToTakeBackIsLeftAndSaysWhy) {
  ASSERT_TRUE(exits(fix("row.a = 'n' .. row.id"), 0));
  sql("CREATE UNIQUE INDEX one ON u (a); INSERT INTO u (id, a) VALUES (7, 'a3')");
  expect_undo(1, 0, "5 rows restored, 1 left");
  EXPECT_EQ(all(), "a1 a2 n3 a4 a5 a6 a3");
  sql("DELETE FROM u WHERE id = 7");
  expect_undo(1, 0, "1 rows restored, 0 left");
}

TEST_P(DataUndoTest, GeneratedColumnsFollowAndCannotBeWritten) {
  sql("DROP TABLE u; CREATE TABLE u (id integer PRIMARY KEY, a text, g text GENERATED ALWAYS AS (upper(a)) STORED); "
      "INSERT INTO u (id, a) VALUES (1, 'x'), (2, 'y')");
  const Outcome refused = fix(kAdd, "", "'a', 'g'");
  EXPECT_TRUE(exits(refused, 2));
  EXPECT_TRUE(contains(refused.err, "u.g is generated: name it in `read`"));
  ASSERT_TRUE(exits(fix("row.a = row.a .. row.g", "read = { 'g' },"), 0));
  EXPECT_EQ(all("g"), "XX YY");
  expect_undo(1, 0, "2 rows restored, 0 left");
  EXPECT_EQ(all("g"), "X Y");
}

TEST_P(DataUndoTest, BeforeImagesAreKeptAsLongAsAskedAndGoneAfterThePurge) {
  ASSERT_TRUE(exits(fix(kAdd, "keep = '1h',"), 0));
  ASSERT_TRUE(exits(fix(kAdd, "keep = 0,"), 0));
  EXPECT_EQ(project.json({"runs", "--purge", "--older-than", "2h"})["purged"].size(), 0U);
  EXPECT_EQ(project.json({"runs", "--purge"})["purged"], Json::array({2}));
  expect_undo(2, 2, "run 2 of scripts/fix.lua has no before-images: it was run without, or they were purged");
  EXPECT_TRUE(exits(fix("if row.id == 4 then error 'no' end row.a = 'x'"), 1));
  EXPECT_EQ(project.json({"runs", "--purge", "--older-than", "0s"})["purged"], Json::array({1}));
  expect_undo(3, 0, "2 rows restored, 0 left");  // it had failed: it might have gone on
  ASSERT_TRUE(exits(fix(kAdd, "before_images = false,"), 0));
  expect_undo(4, 2, "run 4 of scripts/fix.lua has no before-images");
  for (const Args& args : {Args{"runs", "--purge", "--older-than", "soon"}, Args{"runs", "--older-than", "1d"},
                           Args{"runs", "1", "--purge"}, Args{"undo", "0"}, Args{"undo"}}) {
    EXPECT_TRUE(exits(project.tide(args), 2)) << args.back();
  }
}

// A kill between two batches, or in one of them, leaves what the next undo goes on from.
TEST_P(DataUndoTest, AnUndoThatWasKilledGoesOnWhereItWas) {
  sql("DELETE FROM u; INSERT INTO u (id, a) SELECT i, 'a' || i FROM (WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL "
      "SELECT i + 1 "
      "FROM n WHERE i < 20000) SELECT i FROM n) AS n");
  project.write("scripts/fix.lua",
                "require('tide.data').transform(db, { table = 'u', columns = { 'a' }, change = function(row) "
                "row.a = row.a .. '!' end })");
  ASSERT_TRUE(exits(project.tide({"run", "fix"}), 0));
  for (const char* seen : {"5,000", "10,000"}) {
    Process process(project.command({"undo", "1"}));
    process.wait_for(seen);
    process.signal(SIGKILL);
    process.wait();
  }
  EXPECT_TRUE(exits(project.tide({"undo", "1"}), 0));
  EXPECT_EQ(project.value("SELECT count(*) FROM u WHERE a = 'a' || id"), "20000");
  EXPECT_EQ(project.json({"runs", "1"})["restored"], 20000);
}

TEST_P(DataUndoTest, ARunThatIsWorkedOnIsNotUndone) {
  project.write("scripts/fix.lua",
                "require('tide.data').transform(db, { table = 'u', columns = { 'a' }, batch = 1, pause = '2s', "
                "change = function(row) row.a = row.a .. '!' end })");
  Process process(project.command({"run", "fix"}));
  ASSERT_TRUE(process.wait_for("u  "));
  expect_undo(1, 3, "run 1 of scripts/fix.lua is being worked on by");
  EXPECT_TRUE(exits(project.tide({"runs", "--abandon", "1"}), 3));
  process.signal(SIGKILL);
  process.wait();
  expect_undo(1, 0, "0 left");
  EXPECT_EQ(all(), "a1 a2 a3 a4 a5 a6");
}

TEST_P(PostgresUndoTest, TriggersRunAsInAnyUpdate) {
  sql(R"(ALTER TABLE u ADD touched integer DEFAULT 0; CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF NEW.id = 3 AND NEW.c < 0 THEN RAISE EXCEPTION 'frozen'; END IF; IF NEW.id = 4 AND NEW.c < 0 THEN RETURN NULL; END IF;
    NEW.touched := OLD.touched + 1; NEW.a := upper(NEW.a); RETURN NEW; END $$;
    CREATE TRIGGER t BEFORE UPDATE ON u FOR EACH ROW EXECUTE FUNCTION touch())");
  ASSERT_TRUE(exits(fix(kAdd), 0));
  EXPECT_EQ(all(), "A1! A2! A3! A4! A5! A6!");
  sql("ALTER TABLE u DISABLE TRIGGER t; UPDATE u SET c = -1; ALTER TABLE u ENABLE TRIGGER t");
  expect_undo(1, 0, "4 rows restored, 2 left");
  EXPECT_EQ(all(), "A1 A2 A3! A4! A5 A6");
  EXPECT_EQ(all("touched"), "2 2 1 1 2 2");
  const Outcome held = fix("row.a = row.a .. '?'", "where = 'id = 4',");
  EXPECT_TRUE(exits(held, 1));
  EXPECT_TRUE(
      contains(held.err, "u (id = 4) was not written although it is locked: a trigger or a policy holds it back"));
}

TEST_P(PostgresUndoTest, AColumnOfAnotherTypeIsRestoredWhereItsValuesFitAndRefusedElsewhere) {
  ASSERT_TRUE(exits(fix("row.c = row.c + 10", "", "'c'"), 0));
  sql("ALTER TABLE u ALTER c TYPE text");
  expect_undo(1, 1, "run 1 of scripts/fix.lua cannot be undone: u.c is text, and was integer when the run changed it");
  EXPECT_EQ(project.json({"runs", "1"})["state"], "done");
  sql("ALTER TABLE u ALTER c TYPE bigint USING c::bigint");
  expect_undo(1, 0, "6 rows restored, 0 left");
  EXPECT_EQ(all("c"), "1 2 3 4 5 6");
}

TEST_P(PostgresUndoTest, WhoMayNotIsToldBeforeAnythingIsDone) {
  ASSERT_TRUE(exits(fix(), 0));
  sql("CREATE ROLE weak_undo LOGIN; GRANT SELECT, UPDATE ON u TO weak_undo; GRANT USAGE ON SCHEMA tide TO weak_undo; "
      "GRANT SELECT, UPDATE ON tide.runs, tide.ranges TO weak_undo");
  std::string url = project.url();
  url.replace(url.find("postgres@"), 8, "weak_undo");
  const Outcome outcome = project.tide({"--url", url, "undo", "1"});
  EXPECT_TRUE(exits(outcome, 1));
  EXPECT_TRUE(contains(outcome.err, "run 1 of scripts/fix.lua cannot be undone: permission denied for table images_1"));
  EXPECT_EQ(project.json({"runs", "1"})["state"], "done");
  sql("DROP OWNED BY weak_undo; DROP ROLE weak_undo");
}

struct Type {
  const char* name;
  const char* one;
  const char* other;
};

// Each value passes untouched, is given to the next row, and comes back.
TEST_P(PostgresUndoTest, EveryTypePassesThroughAFixAndBack) {
  const Type types[] = {
      {"smallint", "-32768", "7"},
      {"bigint", "9223372036854775807", "-9223372036854775808"},
      {"numeric", "12345678901234567890.12340000", "0.10"},
      {"numeric(10,3)", "1.500", "'NaN'"},
      {"real", "0.1", "1e30"},
      {"float8", "0.1::float8 + 0.2", "'-Infinity'"},
      {"float8", "'NaN'", "5e-324"},
      {"text", "E'tab\\tnl\\nback\\\\slash\\r\\b \"q\" ''s'' \\\\N {}'", "''"},
      {"varchar(10)", "'äö€𝄞'", "'x  '"},
      {"char(5)", "'ab'", "'a'"},
      {"boolean", "true", "false"},
      {"bytea", "'\\x00ff5c0a27'", "''"},
      {"date", "'0044-03-15 BC'", "'infinity'"},
      {"time", "'24:00:00'", "'00:00:00.000001'"},
      {"timestamp", "'294276-12-31 23:59:59.999999'", "'-infinity'"},
      {"timestamptz", "'2024-03-31 00:59:59.999999+05:30'", "'0044-03-15 BC'"},
      {"interval", "'1 mon -2 days +03:04:05.678901'", "'-178000000 years'"},
      {"json", "'{\"b\":  [1, 2.50], \"a\": null, \"a\": 1e400}'", "'null'"},
      {"jsonb", "'{\"n\": 12345678901234567890.10, \"a\": null}'", "'[{}]'"},
      {"integer[]", "'{1,NULL,3}'", "'{{1,2},{3,4}}'"},
      {"float8[]", "'{0.1,NaN,Infinity,NULL}'", "'{}'"},
      {"bigint[]", "'{9007199254740993}'", "'{-9223372036854775808}'"},
      {"text[]", "ARRAY['a,b', 'c\"d', '{e}', 'NULL', NULL, '', 'back\\slash']", "'{{a,NULL},{b,c}}'"},
      {"jsonb[]", "ARRAY['{\"a\": 1}'::jsonb, 'null', NULL]", "'{}'"},
      {"bytea[]", "ARRAY['\\x00'::bytea, NULL]", "'{}'"},
      {"int4range", "'[1,5)'", "'empty'"},
      {"tstzrange", "'[2024-01-01 00:00:00+00,)'", "'(,)'"},
      {"uuid", "md5('1')::uuid", "md5('2')::uuid"},
      {"inet", "'192.168.0.1/24'", "'::1'"},
      {"xml", "'<a b=\"c\">d &amp; e</a>'", "'<x/>'"},
      {"money", "'-12.34'::money", "'0.01'::money"},
      {"tsvector", "'''a b'':1A,2B ''c'':3'", "''"},
      {"varbit", "B'1010'", "B''"},
      {"point", "'(1.5,-2)'", "'(0,0)'"},
      {"polygon", "'((0,0),(1,1),(1,0))'", "'((0,0))'"},
      {"mood", "'sad'", "'Ω'"},
      {"mood[]", "'{sad,NULL}'", "'{}'"},
      {"posint", "5", "6"},
      {"pair", "ROW(1, 'a,b \"c\" (d)')", "ROW(NULL, NULL)"},
      {"pair[]", "ARRAY[ROW(1, 'x')::pair, NULL]", "'{}'"},
      {"oid", "4000000000", "1"},
      {"pg_lsn", "'16/B374D848'", "'0/0'"},
  };
  std::string columns, ones, others, names;
  int number = 0;
  for (const Type& type : types) {
    const std::string name = ", c" + std::to_string(++number);
    columns += name + " " + type.name;
    ones += std::string(", (") + type.one + ")::" + type.name;
    others += std::string(", (") + type.other + ")::" + type.name;
    names += (number == 1 ? "'" : ", '") + name.substr(2) + "'";
  }
  sql("CREATE TYPE mood AS ENUM ('sad', 'Ω'); CREATE DOMAIN posint AS integer CHECK (value > 0); CREATE TYPE pair AS "
      "(n integer, s "
      "text); CREATE TABLE fired (n integer); CREATE FUNCTION fire() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
      "INSERT INTO fired "
      "VALUES (1); RETURN NEW; END $$; DROP TABLE u; CREATE TABLE u (id integer PRIMARY KEY, beside integer" +
      columns + "); INSERT INTO u SELECT 1, 0" + ones + "; INSERT INTO u SELECT 2, 0" + others +
      "; INSERT INTO u (id, beside) VALUES (3, 0); "
      "CREATE TABLE was AS TABLE u; CREATE TRIGGER t BEFORE UPDATE ON u FOR EACH ROW EXECUTE FUNCTION fire()");
  const std::string given = "'beside', " + names;
  ASSERT_TRUE(
      exits(fix("for name, value in pairs(row) do if name ~= 'id' then row[name] = value end end", "", given), 0));
  EXPECT_EQ(project.value("SELECT count(*) FROM fired"), "0") << "rows that were left as they are were written";
  ASSERT_TRUE(exits(fix("row.beside = 1", "", given), 0));
  EXPECT_EQ(project.value("SELECT count(*) FROM fired"), "3");
  expect_undo(2, 0, "3 rows restored, 0 left");
  const std::string same = "SELECT count(*) FROM u JOIN was USING (id) WHERE u::text = was::text";
  EXPECT_EQ(project.value(same), "3");
  project.write(
      "scripts/fix.lua",
      "local data, rows, names = require 'tide.data', {}, { " + names +
          " } data.transform(db, { table = 'u', columns = names, "
          "change = function(row) rows[row.id] = {} for _, name in ipairs(names) do rows[row.id][name] = row[name] end "
          "end }) "
          "data.transform(db, { table = 'u', columns = names, change = function(row) for _, name in ipairs(names) do "
          "row[name] = rows[row.id % 3 + 1][name] end end })");
  ASSERT_TRUE(exits(project.tide({"run", "fix"}), 0));
  EXPECT_EQ(
      project.value(
          "SELECT count(*) FROM u JOIN was ON was.id = u.id % 3 + 1 WHERE regexp_replace(u::text, '^.\\d,', '') = "
          "regexp_replace(was::text, '^.\\d,', '')"),
      "3");
  expect_undo(4, 0, "3 rows restored, 0 left");
  EXPECT_EQ(project.value(same), "3");
}

TEST_P(DataUndoTest, AMigrationThatNeedsTheFixNamesItsStateUntilItIsDone) {
  const std::string fixing =
      "return { transaction = false, up = function(db) require('tide.data').transform(db, { table = 'u', "
      "columns = { 'a' }, batch = 2, change = function(row) ";
  const std::string end = "row.a = row.a .. '!' end }) end, down = require('tide.data').undo }";
  project.write("migrations/0002_fix.lua", fixing + "if row.id == 4 then error 'no' end " + end);
  EXPECT_TRUE(exits(project.tide({"up"}), 1));
  project.write("scripts/look.lua", "require('tide.data').ensure_done(db, '0002')");
  Outcome outcome = project.tide({"run", "look"});
  EXPECT_TRUE(exits(outcome, 4));
  EXPECT_TRUE(contains(outcome.err, "the data fix of migration 0002 is failed: run 1 of migration 0002"));
  project.write("scripts/short.lua", "require('tide.data').ensure_done '0002'");
  outcome = project.tide({"run", "short"});
  EXPECT_TRUE(exits(outcome, 2));
  EXPECT_TRUE(contains(outcome.err, "data.ensure_done(db, \"20260101120000\")"));
  project.write("migrations/0002_fix.lua", fixing + end);
  ASSERT_TRUE(exits(project.tide({"resolve", "0002", "--retry", "--reason", "mended"}), 0));
  EXPECT_TRUE(exits(project.tide({"up"}), 0));
  EXPECT_TRUE(exits(project.tide({"run", "look"}), 0));
  EXPECT_TRUE(exits(project.tide({"down"}), 0));
  EXPECT_EQ(all(), "a1 a2 a3 a4 a5 a6");
  EXPECT_TRUE(contains(project.tide({"run", "look"}).err, "the data fix of migration 0002 is undone"));
}

}  // namespace
}  // namespace tide::test
