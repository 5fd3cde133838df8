#include <signal.h>

#include <chrono>
#include <thread>

#include "cli/project.h"

namespace tide::test {
namespace {

struct Sides {
  Engine from;
  Engine to;
};

void PrintTo(const Sides& sides, std::ostream* out) {
  PrintTo(sides.from, out);
  *out << " to ";
  PrintTo(sides.to, out);
}

// A URL that means the same database in another project.
std::string url_of(const Project& project) {
  return project.on_postgres() ? project.url() : "sqlite:" + project.path("dev.db");
}

std::string way_name(const testing::TestParamInfo<Sides>& way) {
  return (way.param.from == Engine::kSqlite ? std::string("Sqlite") : "Postgres") +
         (way.param.to == Engine::kSqlite ? "ToSqlite" : "ToPostgres");
}

constexpr const char* kPeople =
    "CREATE TABLE people (id integer PRIMARY KEY, name text NOT NULL, age integer, note text)";
constexpr const char* kFill =
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) "
    "INSERT INTO people SELECT i, 'name ' || i, CASE WHEN i % 3 = 0 THEN NULL ELSE i END, "
    "CASE i % 2 WHEN 0 THEN '' ELSE NULL END FROM n";

void execute(const Project& in, const std::string& sql) {
  in.write("scripts/sql.lua", "db:script [==[" + sql + "]==]");
  ASSERT_TRUE(exits(in.tide({"run", "sql"}), 0)) << sql;
}

class DataCopyTest : public testing::TestWithParam<Sides> {
 protected:
  void SetUp() override {
    execute(source, std::string(kPeople) + ";" + kFill);
    execute(target, kPeople);
  }
  // A call of data.copy from the source with these further options.
  std::string call(const std::string& options = "table = 'people'") const {
    return "return require('tide.data').copy(db, { from = '" + url_of(source) + "', " + options + " })";
  }
  Outcome copy(const std::string& options = "table = 'people'", Args more = {}) const {
    target.write("scripts/copy.lua", call(options));
    more.insert(more.begin(), {"run", "copy"});
    return target.tide(more);
  }
  std::string count() const { return target.value("SELECT count(*) FROM people"); }
  void expect_failure(const std::string& options, int code, const std::vector<std::string>& parts) const {
    const Outcome outcome = copy(options);
    EXPECT_TRUE(exits(outcome, code)) << options;
    for (const std::string& part : parts) EXPECT_TRUE(contains(outcome.err, part)) << options;
    EXPECT_EQ(count(), "0") << options;
  }

  Project source{GetParam().from};
  Project target{GetParam().to};
};
INSTANTIATE_TEST_SUITE_P(Engines, DataCopyTest,
                         testing::Values(Sides{Engine::kSqlite, Engine::kSqlite},
                                         Sides{Engine::kSqlite, Engine::kPostgres},
                                         Sides{Engine::kPostgres, Engine::kSqlite},
                                         Sides{Engine::kPostgres, Engine::kPostgres}),
                         way_name);

// What does not depend on how the engines are mixed.
class DataCopyCallTest : public DataCopyTest {};
INSTANTIATE_TEST_SUITE_P(Engines, DataCopyCallTest,
                         testing::Values(Sides{Engine::kSqlite, Engine::kPostgres},
                                         Sides{Engine::kPostgres, Engine::kSqlite}),
                         way_name);

TEST_P(DataCopyTest, EveryRowArrivesAndIsCompared) {
  const Outcome outcome = copy("table = 'people', batch = 300");
  ASSERT_TRUE(exits(outcome, 0));
  const Json report = parse_json(outcome.out);
  EXPECT_EQ(report["rows"], 2000);
  EXPECT_EQ(report["compared"], true);
  EXPECT_TRUE(contains(outcome.err, "counts and checksums are equal"));
  EXPECT_EQ(count(), "2000");
  EXPECT_EQ(
      target.value("SELECT count(*) FROM people WHERE name = 'name ' || id AND (age = id OR age IS NULL AND id % 3 = 0)"
                   " AND (note = '' AND id % 2 = 0 OR note IS NULL AND id % 2 = 1)"),
      "2000");
  EXPECT_TRUE(contains(target.tide({"runs"}).out, "done"));
}

TEST_P(DataCopyCallTest, ADryRunCountsAndWritesNothing) {
  const Outcome outcome = copy("table = 'people', where = 'id <= 700'", {"--dry-run"});
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(contains(outcome.err, "people of the source: 700 rows would be copied into people of the target"));
  EXPECT_EQ(count(), "0");
  EXPECT_TRUE(contains(target.tide({"runs"}).out, "no data fix has run yet"));
}

TEST_P(DataCopyCallTest, OnlyTheRowsAndColumnsAskedForAreCopied) {
  execute(target, "CREATE TABLE names (id integer PRIMARY KEY, name text)");
  EXPECT_TRUE(exits(copy("table = 'people', to = 'names', columns = { 'name' }, where = 'id > 1990'"), 0));
  EXPECT_EQ(target.value("SELECT count(*) FROM names WHERE name = 'name ' || id"), "10");
}

TEST_P(DataCopyCallTest, WhatIsWrongWithTheCallIsSaidBeforeAnythingIsDone) {
  const std::pair<const char*, const char*> cases[] = {
      {"tabel = 'people'", "data.copy has no option 'tabel', did you mean 'table'?"},
      {"table = 'people', batch = 0.5", "data.copy: batch is a whole number from 1 on"},
      {"table = 'peple'", "there is no table peple"},
      {"table = 'people', to = 'peple'", "there is no table peple"},
      {"table = 'people', columns = { 'nam' }", "people has no column 'nam', did you mean 'name'?"},
      {"table = 'people', key = 'name'", "people has no unique key (name)"},
      {"table = 'people', on_conflict = 'merge'", R"(on_conflict is "skip" or "replace", not "merge")"},
  };
  for (const auto& [options, message] : cases) expect_failure(options, 2, {message});
  execute(source, "CREATE TABLE loose (a integer)");
  execute(target, "CREATE TABLE loose (a integer)");
  expect_failure("table = 'loose'", 2, {"loose has no unique key"});
}

TEST_P(DataCopyCallTest, ColumnsThatDoNotFitAreNamed) {
  execute(target,
          "CREATE TABLE few (id integer PRIMARY KEY, name text); "
          "CREATE TABLE more (id integer PRIMARY KEY, name text, age integer, note text, made text NOT NULL, by_whom "
          "text NOT "
          "NULL DEFAULT 'x')");
  expect_failure("table = 'people', to = 'few'", 2,
                 {"few of the target has no column age, note, which people of the source has"});
  expect_failure("table = 'people', to = 'more'", 2,
                 {"more of the target: made is NOT NULL, without a default, and nothing is copied into it"});
}

TEST_P(DataCopyCallTest, ExpectIsCountedBeforeTheFirstRow) {
  expect_failure("table = 'people', expect = { max = 1999 }", 4, {"2000 rows fulfil `where`, expect.max = 1999"});
  expect_failure("table = 'people', expect = { min = 2001 }", 4, {"2000 rows fulfil `where`, expect.min = 2001"});
  EXPECT_TRUE(exits(copy("table = 'people', expect = { min = 2000, max = 2000 }"), 0));
}

TEST_P(DataCopyTest, RowsThatAreThereAlreadyAreRefusedSkippedOrReplaced) {
  execute(target, "INSERT INTO people VALUES (7, 'mine', 1, 'x'), (5000, 'other', 2, NULL)");
  const Outcome refused = copy();
  EXPECT_TRUE(exits(refused, 4));
  EXPECT_TRUE(contains(refused.err, "people of the target is not empty: nothing was copied"));
  EXPECT_TRUE(contains(refused.err, "on_conflict = \"skip\""));
  EXPECT_EQ(count(), "2");
  EXPECT_TRUE(exits(copy("table = 'people', on_conflict = 'skip', batch = 300"), 0));
  EXPECT_EQ(count(), "2001");
  EXPECT_EQ(target.value("SELECT name FROM people WHERE id = 7"), "mine");
  EXPECT_TRUE(exits(copy("table = 'people', on_conflict = 'replace', batch = 300"), 0));
  EXPECT_EQ(count(), "2001");
  EXPECT_EQ(target.value("SELECT name FROM people WHERE id = 7"), "name 7");
  EXPECT_EQ(target.value("SELECT name FROM people WHERE id = 5000"), "other");
}

TEST_P(DataCopyTest, TheTablesMayHaveAnyName) {
  for (const char* name : {"b", "t", "d", "gone"}) {
    std::string text = kPeople;
    execute(target, text.replace(text.find("people"), 6, name));
    EXPECT_TRUE(exits(copy("table = 'people', to = '" + std::string(name) + "', on_conflict = 'replace'"), 0)) << name;
    EXPECT_EQ(target.value("SELECT count(*) FROM " + std::string(name)), "2000") << name;
  }
}

TEST_P(DataCopyTest, ARowThatTheTargetRefusesIsNamedAndTheCopyGoesOnFromThere) {
  execute(target,
          "CREATE TABLE strict_ones (id integer PRIMARY KEY, name text CHECK (name <> 'name 1234'), age integer, note "
          "text)");
  const std::string options = "table = 'people', to = 'strict_ones', batch = 400";
  const Outcome outcome = copy(options);
  EXPECT_TRUE(exits(outcome, 1));
  EXPECT_TRUE(contains(outcome.err, "strict_ones (id = 1234): "));
  EXPECT_EQ(target.value("SELECT max(id) FROM strict_ones"), "1233");
  execute(source, "UPDATE people SET name = 'mended' WHERE id = 1234");
  const Outcome second = copy(options);
  EXPECT_TRUE(exits(second, 0));
  EXPECT_TRUE(contains(second.err, "goes on at its checkpoint"));
  EXPECT_EQ(target.value("SELECT count(*) FROM strict_ones"), "2000");
}

TEST_P(DataCopyTest, WhatDiffersInTheEndIsNamedByItsKey) {
  execute(
      target,
      target.on_postgres()
          ? "CREATE FUNCTION odd() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN IF new.id = 42 THEN new.name = 'x'; END "
            "IF; "
            "IF new.id = 2000 THEN INSERT INTO people VALUES (-5, 'extra', 1, NULL); END IF; RETURN new; END$$; "
            "CREATE TRIGGER odd BEFORE INSERT ON people FOR EACH ROW EXECUTE FUNCTION odd()"
          : "CREATE TRIGGER odd AFTER INSERT ON people WHEN new.id = 42 BEGIN UPDATE people SET name = 'x' WHERE id = "
            "42; "
            "END; CREATE TRIGGER odder AFTER INSERT ON people WHEN new.id = 2000 BEGIN INSERT INTO people VALUES (-5, "
            "'extra', 1, NULL); END");
  const Outcome outcome = copy();
  EXPECT_TRUE(exits(outcome, 4));
  EXPECT_TRUE(contains(outcome.err,
                       "2000 rows in people of the source, 2001 in people of the target; "
                       "extra: people (id = -5); different: people (id = 42)"));
  EXPECT_TRUE(contains(target.tide({"runs"}).out, "failed"));
  execute(target, "DROP TRIGGER odd" + std::string(target.on_postgres() ? " ON people" : "; DROP TRIGGER odder"));
  execute(target, "DELETE FROM people WHERE id IN (-5, 41); UPDATE people SET name = 'name 42' WHERE id = 42");
  const Outcome second = copy();
  EXPECT_TRUE(exits(second, 4));
  EXPECT_TRUE(contains(second.err, "missing: people (id = 41)"));
  execute(target, "INSERT INTO people VALUES (41, 'name 41', 41, NULL)");
  EXPECT_TRUE(exits(copy(), 0));
  EXPECT_TRUE(contains(target.tide({"runs"}).out, "done"));
}

TEST_P(DataCopyTest, ItStandsAtItsCheckpointAndCannotBeJoined) {
  target.write("scripts/copy.lua", call("table = 'people', batch = 100, pause = '60ms'"));
  Process process(target.command({"run", "copy"}));
  ASSERT_TRUE(process.wait_for("people  "));
  const Outcome joined = target.tide({"work", "1"});
  EXPECT_TRUE(exits(joined, 2));
  EXPECT_TRUE(contains(joined.err, "run 1 of scripts/copy.lua cannot be joined"));
  process.signal(SIGINT);
  EXPECT_TRUE(exits(process.wait(), 130));
  const Outcome outcome = copy("table = 'people', batch = 100, pause = '60ms'");
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(contains(outcome.err, "run 1 of scripts/copy.lua goes on"));
  EXPECT_EQ(count(), "2000");
}

TEST_P(DataCopyCallTest, InAMigrationItIsDoneOnceAndShownInAPlan) {
  target.write("migrations/0002_copy.lua",
               "return { transaction = false, up = function(db) " + call().substr(7) + " end, down = function() end }");
  EXPECT_TRUE(contains(target.tide({"plan", "--sql"}).err, "2000 rows would be copied into people of the target"));
  EXPECT_TRUE(exits(target.tide({"up"}), 0));
  EXPECT_EQ(target.applied(), "0002");
  EXPECT_EQ(count(), "2000");
  EXPECT_TRUE(contains(target.tide({"undo", "1"}).err, "(data.copy) kept no before-images"));
}

class DataCopyHereTest : public OnEngine {};
TIDE_ON_BOTH_ENGINES(DataCopyHereTest);

TEST_P(DataCopyHereTest, ATableIsCopiedIntoAnotherOfTheSameDatabase) {
  execute(project, std::string(kPeople) + ";" + kFill +
                       "; CREATE TABLE others (id integer PRIMARY KEY, name text, age integer, note text)");
  project.write("scripts/copy.lua",
                "return require('tide.data').copy(db, { table = 'people', to = 'others', batch = 300 })");
  EXPECT_TRUE(exits(project.tide({"run", "copy"}), 0));
  EXPECT_EQ(project.value("SELECT count(*) FROM others o JOIN people p ON p.id = o.id AND p.name = o.name"), "2000");
  for (const std::string& options :
       {std::string("table = 'people', from = 'dev'"), std::string("table = 'people', to = 'people'"),
        "table = 'people', from = db:connect '" + url_of(project) + "'"}) {
    project.write("scripts/copy.lua", "require('tide.data').copy(db, { " + options + " })");
    const Outcome outcome = project.tide({"run", "copy"});
    EXPECT_TRUE(exits(outcome, 2)) << options;
    EXPECT_TRUE(contains(outcome.err, "people would be copied into itself")) << options;
  }
}

TEST_P(DataCopyHereTest, BatchesAndWorkersOfEveryKindAreWholeNumbers) {
  execute(project, kPeople);
  const std::pair<const char*, const char*> cases[] = {
      {"each(db, { table = 'people', each = print, batch = 0 })", "data.each: batch is a whole number from 1 on"},
      {"each(db, { table = 'people', each = print, max_errors = 1.5 })", "data.each: max_errors is a whole number"},
      {"backfill(db, { table = 'people', where = 'true', set = { age = '1' }, batch = -1 })",
       "data.backfill: batch is a"},
      {"delete(db, { table = 'people', where = 'true', workers = 0 })",
       "data.delete: workers is a whole number from 1 to 64"},
      {"delete(db, { table = 'people', where = 'true', batch = 0/0 })",
       "data.delete: batch is a whole number from 1 on"},
  };
  for (const auto& [call, message] : cases) {
    project.write("scripts/fix.lua", "require('tide.data')." + std::string(call));
    const Outcome outcome = project.tide({"run", "fix"});
    EXPECT_TRUE(exits(outcome, 2)) << call;
    EXPECT_TRUE(contains(outcome.err, message)) << call;
  }
}

constexpr const char* kKinds = R"sql(
CREATE TYPE mood AS ENUM ('sad', 'glad');
CREATE TABLE kinds (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n numeric, money numeric(12, 2), f float8, g real,
  t timestamptz, d date, ts timestamp, i interval, j jsonb, js json, a int[], ta text[], b bytea, c char(5), s text,
  v varchar(20), u uuid, o boolean, m mood, r int4range, len int GENERATED ALWAYS AS (length(s)) STORED, ser serial, tm time);
)sql";
constexpr const char* kKindsFill = R"sql(
INSERT INTO kinds (n, money, f, g, t, d, ts, i, j, js, a, ta, b, c, s, v, u, o, m, r, tm)
SELECT CASE g % 4 WHEN 0 THEN g / 7.0 WHEN 1 THEN 12345678901234567890.123400 WHEN 2 THEN -0.00 END, g, sqrt(g), 0.1 * g,
  now() + g * interval '1.001 s', '2024-02-29', '2024-02-29 23:59:59.123456', '1 mon -2 days 03:04:05',
  '{"b": [1, 2.50], "a": null}', '{"z" : 1,  "a":2}', ARRAY[1, NULL, g], ARRAY['a,b', E'q"\\x', NULL, '', 'NULL'],
  CASE g % 3 WHEN 0 THEN '' WHEN 1 THEN decode('00ff5c0a', 'hex') END, 'ab', E'tab\there\nback\\slash\r ü \\N \\.',
  CASE g % 2 WHEN 0 THEN '' END, gen_random_uuid(), g % 2 = 0, 'glad', '[1,5)', '12:34:56.789' FROM generate_series(1, 300) g;
)sql";
constexpr const char* kKindsText = "SELECT md5(string_agg(k::text, '|' ORDER BY id)) FROM kinds k";

class DataCopyKindsTest : public testing::Test {
 protected:
  void SetUp() override {
    execute(source, std::string(kKinds) + kKindsFill);
    execute(target, kKinds);
  }
  static Outcome copy(const Project& from, const Project& to, const std::string& options = "table = 'kinds'") {
    to.write("scripts/copy.lua", "require('tide.data').copy(db, { from = '" + url_of(from) + "', " + options + " })");
    return to.tide({"run", "copy"});
  }
  Project source{Engine::kPostgres};
  Project target{Engine::kPostgres};
};

TEST_F(DataCopyKindsTest, EveryTypeKeepsItsValuesWhateverTheSessionsAreSetTo) {
  execute(source,
          "ALTER ROLE CURRENT_USER SET datestyle = 'SQL, DMY'; ALTER ROLE CURRENT_USER SET timezone = 'Asia/Kolkata'");
  const Outcome outcome = copy(source, target);
  execute(source, "ALTER ROLE CURRENT_USER RESET ALL");
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(lacks(outcome.err, "not compared"));
  EXPECT_EQ(target.value(kKindsText), source.value(kKindsText));
}

TEST_F(DataCopyKindsTest, EveryTypeComesBackFromSqliteAsItWas) {
  Project between(Engine::kSqlite);
  execute(between,
          "CREATE TABLE kinds (id integer PRIMARY KEY, n text, money text, f real, g real, t text, d text, ts text, i "
          "text, j "
          "text, js text, a text, ta text, b blob, c text, s text, v text, u text, o boolean, m text, r text, len "
          "integer, ser "
          "integer, tm text)");
  EXPECT_TRUE(exits(copy(source, between), 0));
  EXPECT_EQ(between.value("SELECT count(*) FROM kinds WHERE typeof(b) = 'blob' AND o IN (0, 1) AND len = length(s)"),
            "200");
  const Outcome outcome = copy(between, target);
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(
      contains(outcome.err, "not compared, as the types write their values in different ways: i (TEXT into interval)"));
  EXPECT_EQ(target.value(kKindsText), source.value(kKindsText));
}

TEST_F(DataCopyKindsTest, AValueThatTheTargetRoundsIsADifference) {
  execute(target, "CREATE TABLE rounded (id bigint PRIMARY KEY, f numeric(8, 1), money numeric)");
  const Outcome outcome =
      copy(source, target, "table = 'kinds', to = 'rounded', columns = { 'f', 'money' }, where = 'id IN (3, 4)'");
  EXPECT_TRUE(exits(outcome, 4));
  EXPECT_TRUE(contains(outcome.err, "different: kinds (id = 3)"));
  EXPECT_TRUE(lacks(outcome.err, "id = 4"));
}

TEST_F(DataCopyKindsTest, SequencesAreSetBehindTheHighestValueAndNeverBackwards) {
  execute(target, "SELECT setval('kinds_ser_seq', 9000)");
  EXPECT_TRUE(exits(copy(source, target), 0));
  execute(target, "INSERT INTO kinds (s) VALUES ('new')");
  EXPECT_EQ(target.value("SELECT id || ' ' || ser FROM kinds WHERE s = 'new'"), "301 9001");
}

TEST_F(DataCopyKindsTest, ASourceThatGoesAwayLeavesTheCopyAtItsCheckpoint) {
  execute(source, "CREATE TABLE t (id integer PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 40000)");
  execute(target, "CREATE TABLE t (id integer)");
  target.write("scripts/copy.lua", "require('tide.data').copy(db, { from = '" + url_of(source) +
                                       "', table = 't', batch = 1000, pause = '40ms' })");
  Process process(target.command({"run", "copy"}));
  ASSERT_TRUE(process.wait_for("t  "));
  execute(source,
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> "
          "pg_backend_pid()");
  EXPECT_TRUE(exits(process.wait(), 3));
  EXPECT_LT(std::stoi(target.value("SELECT count(*) FROM t")), 40000);
  EXPECT_TRUE(exits(target.tide({"run", "copy"}), 0));
  EXPECT_EQ(target.value("SELECT count(*) || ' ' || count(DISTINCT id) FROM t"), "40000 40000");
}

TEST_F(DataCopyKindsTest, BytesDoNotBecomeText) {
  Project files(Engine::kSqlite);
  execute(files,
          "CREATE TABLE t (id integer PRIMARY KEY, s text); INSERT INTO t VALUES (1, 'a'), (2, x'00ff'), (3, 'c')");
  execute(target, "CREATE TABLE t (id integer PRIMARY KEY, s text)");
  const Outcome outcome = copy(files, target, "table = 't'");
  EXPECT_TRUE(exits(outcome, 1));
  EXPECT_TRUE(contains(outcome.err, "t (id = 2): column s holds bytes"));
  EXPECT_EQ(target.value("SELECT count(*) FROM t"), "1");
}

}  // namespace
}  // namespace tide::test
