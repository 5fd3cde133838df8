#include "cli/project.h"

namespace tide::test {
namespace {

struct Key {
  const char* columns;  // beside v
  const char* values;   // of row i
  const char* more = "";
};

const char* const kSeries =
    "FROM (WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 23) "
    "SELECT i FROM n) AS n";

// Every row of every table is changed once, in batches of 5, and put back.
class DataKeysTest : public OnEngine {
 protected:
  void make(const std::string& text) const {
    project.write("scripts/make.lua", text);
    ASSERT_TRUE(exits(project.tide({"run", "make"}), 0));
  }
  static std::string table(std::size_t i) { return "t" + std::to_string(i); }
  std::string made(const std::vector<Key>& keys) const {
    std::string text;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      text += "db:execute [==[CREATE TABLE " + table(i) + " (v integer NOT NULL, " + keys[i].columns + ")" +
              keys[i].more + "]==]\ndb:execute [==[INSERT INTO " + table(i) + " SELECT 0, " + keys[i].values + " " +
              kSeries + "]==]\n";
    }
    return text;
  }
  void expect_all(const std::vector<Key>& keys, const char* value) const {
    for (std::size_t i = 0; i < keys.size(); ++i) {
      EXPECT_EQ(project.value("SELECT count(*) || '/' || sum(v) FROM " + table(i)), std::string("23/") + value)
          << keys[i].columns << ": " << keys[i].values;
    }
  }
  void expect_each_row_changed_once_and_put_back(const std::vector<Key>& keys) const {
    make(made(keys));
    project.write("scripts/fix.lua",
                  "for i = 0, " + std::to_string(keys.size() - 1) +
                      " do require('tide.data').transform(db, { table = 't' .. i, columns = { 'v' }, "
                      "batch = 5, change = function(row) row.v = row.v + 1 end }) end");
    ASSERT_TRUE(exits(project.tide({"run", "fix"}), 0));
    expect_all(keys, "23");
    for (std::size_t i = 1; i <= keys.size(); ++i) {
      EXPECT_EQ(project.tide({"undo", std::to_string(i)}).out, "23 rows restored, 0 left\n") << keys[i - 1].columns;
    }
    expect_all(keys, "0");
  }
  void expect_refusal(const std::string& table, const std::string& key, const std::string& message) const {
    project.write("scripts/fix.lua", "require('tide.data').transform(db, { table = '" + table +
                                         "', columns = { 'v' }, " + (key.empty() ? "" : "key = " + key + ", ") +
                                         "change = print })");
    const Outcome outcome = project.tide({"run", "fix"});
    EXPECT_TRUE(exits(outcome, 2)) << table;
    EXPECT_TRUE(contains(outcome.err, message)) << table;
  }
};

class PostgresKeysTest : public DataKeysTest {};
INSTANTIATE_TEST_SUITE_P(Engines, PostgresKeysTest, testing::Values(Engine::kPostgres), engine_name);
class SqliteKeysTest : public DataKeysTest {};
INSTANTIATE_TEST_SUITE_P(Engines, SqliteKeysTest, testing::Values(Engine::kSqlite), engine_name);
TIDE_ON_BOTH_ENGINES(DataKeysTest);

const char* const kWords =
    "CASE i % 6 WHEN 0 THEN 'Z' WHEN 1 THEN 'a' WHEN 2 THEN 'ä' WHEN 3 THEN 'B' WHEN 4 THEN '_' ELSE 'é ' END || i";

TEST_P(PostgresKeysTest, RowsAreFoundByAKeyOfAnyType) {
  make(R"lua(db:script [[CREATE EXTENSION citext; CREATE TYPE mood AS ENUM ('sad', 'ok', 'Ω');
    CREATE DOMAIN posint AS integer CHECK (value > 0);
    CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false)]])lua");
  expect_each_row_changed_once_and_put_back({
      {"k text COLLATE \"de-x-icu\" PRIMARY KEY", kWords},
      {"k text COLLATE ci PRIMARY KEY", kWords},
      {"k citext PRIMARY KEY", kWords},
      {"k char(9) PRIMARY KEY", "'x' || i"},
      {"k text PRIMARY KEY", "CASE i WHEN 3 THEN '' ELSE 'it''s \\ ' || i || E'\\t\\n\"' END"},
      {"k uuid PRIMARY KEY", "md5(i::text)::uuid"},
      {"k numeric PRIMARY KEY", "CASE i WHEN 1 THEN 'NaN'::numeric ELSE (i - 9) / 7.0 * 10000000000000000000 END"},
      {"k float8 PRIMARY KEY",
       "CASE i WHEN 1 THEN 'NaN'::float8 WHEN 2 THEN '-Infinity' ELSE (i - 9) / 3.0::float8 END"},
      {"k bigint PRIMARY KEY", "9007199254740993 + i * 3"},
      {"k bigint PRIMARY KEY", "-9223372036854775808 + i - 1"},
      {"k timestamp PRIMARY KEY",
       "CASE i WHEN 1 THEN '-infinity'::timestamp WHEN 2 THEN timestamp '0044-03-15 BC' ELSE "
       "timestamp '1969-12-31 23:59' + i * interval '7.000001 seconds' END"},
      {"k timestamptz PRIMARY KEY", "timestamptz '2024-03-31 00:30:00+00' + i * interval '7 minutes 1 microsecond'"},
      {"k date PRIMARY KEY", "date '0001-12-20 BC' + i"},
      {"k interval PRIMARY KEY", "(i - 9) * interval '1 mon 2 days 3.5 seconds'"},
      {"k bytea PRIMARY KEY", "decode(md5(i::text), 'hex') || '\\x00'"},
      {"e mood, j integer, PRIMARY KEY (e, j)", "(ARRAY['sad', 'ok', 'Ω'])[1 + i % 3]::mood, i"},
      {"k posint PRIMARY KEY", "i"},
      {"e boolean, j uuid, b text, PRIMARY KEY (b, e, j)", "i % 2 = 0, md5((i % 3)::text)::uuid, 'b' || i"},
      {"k inet PRIMARY KEY", "'10.0.0.0'::inet + i"},
      {"k integer[] PRIMARY KEY", "ARRAY[i % 7, NULL, i]"},
      {"l integer, k integer GENERATED ALWAYS AS (l * 2) STORED PRIMARY KEY", "i"},
      {"k integer, UNIQUE (k) DEFERRABLE, CHECK (k > 0), a integer NOT NULL UNIQUE", "i, -i"},
  });
}

TEST_P(SqliteKeysTest, RowsAreFoundByAKeyOfAnyTypeAlsoMixedOnes) {
  expect_each_row_changed_once_and_put_back({
      {"k integer PRIMARY KEY", "i * 3 - 40"},
      {"k integer PRIMARY KEY", "CASE i WHEN 1 THEN -9223372036854775807 - 1 ELSE 9007199254740993 + i END"},
      {"k text PRIMARY KEY", kWords},
      {"k text COLLATE NOCASE PRIMARY KEY NOT NULL", kWords},
      {"k text PRIMARY KEY", "'it''s ' || i", " WITHOUT ROWID"},
      {"a integer, b text, PRIMARY KEY (b, a)", "i / 10, 'b' || (i % 10)", " WITHOUT ROWID"},
      {"k blob PRIMARY KEY NOT NULL", "CAST(x'00ff27' || i AS BLOB)"},
      {"k text PRIMARY KEY NOT NULL", "'x' || char(0) || i"},
      {"k real PRIMARY KEY NOT NULL", "(i - 9) / 3.0"},
      {"k PRIMARY KEY NOT NULL",
       "CASE i % 6 WHEN 0 THEN i WHEN 1 THEN 't' || i WHEN 2 THEN i + 0.5 WHEN 3 THEN CAST('b' || i "
       "AS BLOB) WHEN 4 THEN CAST(i AS TEXT) ELSE CAST('t' || (i - 4) AS BLOB) END"},
      {"a, b, PRIMARY KEY (a, b)",
       "CASE i % 3 WHEN 0 THEN 1 WHEN 1 THEN '1' ELSE x'31' END, CASE i % 2 WHEN 0 THEN i ELSE "
       "'x' || i END",
       " WITHOUT ROWID"},
      {"k any PRIMARY KEY NOT NULL", "CASE i % 2 WHEN 0 THEN i ELSE CAST(i AS TEXT) END", " STRICT"},
      {"k integer NOT NULL, UNIQUE (k DESC)", "i"},
  });
}

TEST_P(DataKeysTest, NamesAreTakenAsSqlTakesThem) {
  const std::pair<const char*, const char*> names[] = {
      // of a table and its key
      {"\"Order\"", "\"Group\""},
      {"\"my.table\"", "\"a.b\""},
      {"\"quo\"\"te\"", "\"k\"\"ey\""},
      {"\"a blank\"", "\"the key\""},
      {"\"o'clock\"", "\"it's\""},
      {"\"$1\"", "\"$2\""},
      {"\"%s\"", "\"%1\""},
      {"b", "tide"},
      {"i", "i"},
      {"u", "u"},
  };
  std::string text = project.on_postgres() ? "db:execute 'CREATE SCHEMA \"Ot.her\"' local tables = { '\"Ot.her\".b', "
                                           : "local tables = { ";
  for (const auto& [table, key] : names) {
    text += std::string("[[") + table + "]], ";
    make(std::string("db:execute [[CREATE TABLE ") + table + " (" + key +
         " integer PRIMARY KEY, v text)]] db:execute [[INSERT INTO " + table +
         " VALUES (1, 'a'), (2, 'a'), (3, 'a')]]");
  }
  if (project.on_postgres()) {
    make(R"(db:script [[CREATE SCHEMA "Ot.her"; CREATE TABLE "Ot.her".b (id integer PRIMARY KEY, v text);
      INSERT INTO "Ot.her".b VALUES (1, 'a'), (2, 'a'), (3, 'a')]])");
    text.erase(0, text.find("local"));
  }
  project.write("scripts/fix.lua",
                text +
                    "} for _, name in ipairs(tables) do require('tide.data').transform(db, { table = name, "
                    "columns = { 'v' }, batch = 2, change = function(row) row.v = name end }) end");
  ASSERT_TRUE(exits(project.tide({"run", "fix"}), 0));
  EXPECT_EQ(project.value("SELECT count(*) FROM b WHERE v = 'b'"), "3");
  for (std::size_t i = 1; i <= std::size(names) + (project.on_postgres() ? 1 : 0); ++i) {
    EXPECT_EQ(project.tide({"undo", std::to_string(i)}).out, "3 rows restored, 0 left\n") << i;
  }
  for (const auto& [table, key] : names) {
    EXPECT_EQ(project.value(std::string("SELECT count(*) FROM ") + table + " WHERE v = 'a'"), "3") << table;
  }
  const std::string last = project.on_postgres() ? "\"Ot.her\".b" : "b";
  EXPECT_EQ(project.value("SELECT count(*) FROM " + last + " WHERE v = 'a'"), "3");
}

TEST_P(DataKeysTest, WhatIsNoTableOfRowsWithAKeyIsRefusedWithTheReason) {
  make(R"lua(db:script [[CREATE TABLE people (id integer PRIMARY KEY, v text, n integer UNIQUE);
    CREATE VIEW shown AS SELECT * FROM people; CREATE TABLE loose (a integer UNIQUE, v text NOT NULL);
    CREATE UNIQUE INDEX loose_low ON loose (lower(v)); CREATE UNIQUE INDEX loose_some ON loose (v) WHERE a > 1]]
    require('tide.data').transform(db, { table = 'people', columns = { 'v' }, change = print }))lua");
  expect_refusal("shown", "", "shown is no table");
  expect_refusal("peopel", "", "there is no table peopel, did you mean 'people'?");
  expect_refusal("people; DROP TABLE people", "", "there is no table people; DROP TABLE people");
  expect_refusal("", "", "`table` is the name of a table");
  expect_refusal("loose", "", "loose has no unique key");
  expect_refusal("loose", "", "(a), which may be NULL");
  expect_refusal("loose", "", "loose_low, which is on an expression");
  expect_refusal("loose", "'v'", "loose_some, which is of some rows only");
  expect_refusal("people", "{}", "`key` names the columns of a unique key");
  expect_refusal("people", "'idd'", "people has no column 'idd', did you mean 'id'?");
  expect_refusal("people", "'n'", "(n), which may be NULL");
  expect_refusal(project.on_postgres() ? "tide.runs" : "tide_runs", "", "is tide's own");
  if (project.on_postgres()) expect_refusal("pg_class", "", "pg_class is PostgreSQL's own");
}

TEST_P(SqliteKeysTest, AKeyThatIsNullIsRefusedBecauseItsRowCannotBeFound) {
  make(
      "db:script [[CREATE TABLE holes (k text PRIMARY KEY, v text); INSERT INTO holes VALUES ('a', 'x'), (NULL, "
      "'x')]]");
  expect_refusal("holes", "", "holes has rows whose k is NULL");
}

TEST_P(DataKeysTest, ATemporaryTableIsRefused) {
  project.write(
      "scripts/fix.lua",
      "db:execute 'CREATE TEMPORARY TABLE brief (id integer PRIMARY KEY, v text)' require('tide.data').transform(db, "
      "{ table = 'brief', columns = { 'v' }, change = print })");
  EXPECT_TRUE(contains(project.tide({"run", "fix"}).err, "brief is a temporary table"));
}

}  // namespace
}  // namespace tide::test
