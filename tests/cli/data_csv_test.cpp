#include <sys/stat.h>

#include <filesystem>

#include "cli/project.h"
#include "support/pgbouncer.h"

namespace tide::test {
namespace {

constexpr const char* kPeople = R"lua(
db:execute [[CREATE TABLE people (id integer PRIMARY KEY, name varchar(20) NOT NULL, age integer, email text UNIQUE,
  CONSTRAINT young CHECK (age < 200))]]
db:execute("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) "
  .. "INSERT INTO people SELECT i, 'name ' || i, i % 90, i || '@x' FROM n")
)lua";

class DataCsvTest : public OnEngine {
 protected:
  void SetUp() override { ASSERT_TRUE(exits(run_script("make", kPeople), 0)); }
  Outcome run_script(const std::string& name, const std::string& text, Args more = {}) const {
    project.write("scripts/" + name + ".lua", text);
    more.insert(more.begin(), {"run", name});
    return project.tide(more);
  }
  // data.import_csv of people.csv, with this text, into people.
  Outcome import(const std::string& csv, const std::string& options, Args more = {}) const {
    project.write("people.csv", csv);
    return import_again(options, std::move(more));
  }
  Outcome import_again(const std::string& options, Args more = {}) const {
    return run_script(
        "fix", "return require('tide.data').import_csv(db, { file = 'people.csv', table = 'people', " + options + " })",
        std::move(more));
  }
  Outcome export_people(const std::string& options) const {
    return run_script("out", "return require('tide.data').export_csv(db, { " + options + " })");
  }
  // A fingerprint of the whole table.
  std::string people() const {
    return project.value(
        "SELECT count(*) || ' ' || sum(id) || ' ' || coalesce(sum(age), 0) || ' ' || sum(length(name)) || ' ' || "
        "count(email) FROM people");
  }
  std::string ours(const std::string& table) const { return (project.on_postgres() ? "tide." : "tide_") + table; }
};
TIDE_ON_BOTH_ENGINES(DataCsvTest);

// id,name,age of the rows first..last, each third name changed
std::string sheet(int first, int last) {
  std::string csv = "id,name,age\n";
  for (int i = first; i <= last; ++i) {
    csv += std::to_string(i) + ",name " + std::to_string(i) + (i % 3 == 0 ? "!" : "") + "," + std::to_string(i % 90) +
           "\n";
  }
  return csv;
}

TEST_P(DataCsvTest, RowsOfTheFileAreChangedAndOnlyThoseThatDiffer) {
  const Outcome outcome = import(sheet(1, 900), "on_conflict = 'update', batch = 100");
  EXPECT_TRUE(exits(outcome, 0));
  const Json report = parse_json(outcome.out);
  EXPECT_EQ(report["rows"], 900);
  EXPECT_EQ(report["updated"], 300);
  EXPECT_EQ(report["inserted"], 0);
  EXPECT_EQ(report["left"], 600);
  EXPECT_EQ(project.value("SELECT count(*) FROM people WHERE name LIKE '%!'"), "300");
  EXPECT_EQ(project.value("SELECT count(*) FROM people WHERE email = id || '@x'"), "1000");
  EXPECT_TRUE(contains(outcome.err, "people.csv -> people: 900 rows: 0 inserted, 300 updated, 600 left as they are"));
}

TEST_P(DataCsvTest, AnUndoPutsBackWhatWasChangedAndTakesOutWhatWasAdded) {
  const std::string before = people();
  ASSERT_TRUE(exits(import(sheet(901, 1100), "on_conflict = 'update', missing = 'insert'"), 0));
  EXPECT_EQ(project.value("SELECT count(*) FROM people"), "1100");
  run_script("touch", "db:execute \"UPDATE people SET name = 'mine' WHERE id IN (903, 1001)\"");
  const Outcome undone = project.tide({"undo", "1"});
  EXPECT_TRUE(exits(undone, 0));
  EXPECT_EQ(undone.out, "131 rows restored, 2 left\n");
  EXPECT_TRUE(contains(undone.err, "people (id = 903), people (id = 1001)"));
  EXPECT_EQ(project.value("SELECT count(*) FROM people WHERE id > 1000"), "1");
  run_script("touch",
             "db:execute 'DELETE FROM people WHERE id = 1001' db:execute \"UPDATE people SET name = 'name 903' "
             "WHERE id = 903\"");
  EXPECT_EQ(people(), before);
}

TEST_P(DataCsvTest, AKeyThatIsNotThereIsAnErrorOrLeftOutOrInserted) {
  const std::string csv = "id,name\n1,one\n5000,new\n";
  const Outcome refused = import(csv, "on_conflict = 'update'");
  EXPECT_TRUE(exits(refused, 1));
  EXPECT_TRUE(contains(refused.err, "people.csv:3: people has no row with id = 5000"));
  EXPECT_EQ(project.value("SELECT name FROM people WHERE id = 1"), "name 1");
  ASSERT_TRUE(exits(import_again("on_conflict = 'update', missing = 'skip'"), 0));
  EXPECT_EQ(project.value("SELECT count(*) FROM people WHERE name IN ('one', 'new')"), "1");
  ASSERT_TRUE(exits(import_again("on_conflict = 'update', missing = 'insert'"), 0));
  EXPECT_EQ(project.value("SELECT count(*) FROM people WHERE name IN ('one', 'new')"), "2");
}

TEST_P(DataCsvTest, AKeyThatIsThereIsAnErrorOrSkipped) {
  const std::string csv = "id,name\n1001,new\n7,seven\n";
  for (const char* images : {"before_images = false", "before_images = true"}) {
    const Outcome refused = import(csv, images);
    EXPECT_TRUE(exits(refused, 1));
    EXPECT_TRUE(contains(refused.err, "people.csv:3: "));
    EXPECT_EQ(project.value("SELECT count(*) FROM people"), "1000") << images;
  }
  const Json report = parse_json(import_again("on_conflict = 'skip'").out);
  EXPECT_EQ(report["inserted"], 1);
  EXPECT_EQ(project.value("SELECT name FROM people WHERE id = 7"), "name 7");
}

TEST_P(DataCsvTest, AColumnIsRenamedAndLeftOutAndChangedOnItsWay) {
  const Outcome outcome =
      import("Nr;E-Mail;Note\r\n1;A@X.org;x\r\n2;;y\r\n3;\"\";z\r\n4;left@x;z\r\n",
             "delimiter = ';', columns = { Nr = 'id', ['E-Mail'] = 'email', Note = false }, on_conflict = "
             "'update', change = function(row) if row.id == '4' then return false end row.email = "
             "row.email and row.email:lower() end");
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_EQ(project.value("SELECT email FROM people WHERE id = 1"), "a@x.org");
  EXPECT_EQ(project.value("SELECT count(*) FROM people WHERE id = 2 AND email IS NULL"), "1");
  EXPECT_EQ(project.value("SELECT count(*) FROM people WHERE id = 3 AND email = ''"), "1");
  EXPECT_EQ(project.value("SELECT email FROM people WHERE id = 4"), "4@x");
}

TEST_P(DataCsvTest, ADryRunCountsShowsAndWritesNothing) {
  const std::string before = people();
  const Outcome outcome = import(sheet(900, 1002), "on_conflict = 'update', missing = 'insert'", {"--dry-run"});
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(contains(outcome.err, "people.csv -> people: 103 rows: 2 would be inserted, 34 updated"));
  EXPECT_TRUE(contains(outcome.err, "  id   column  before    after\n    900  name    name 900  name 900!\n"));
  EXPECT_EQ(people(), before);
  EXPECT_TRUE(contains(project.tide({"runs"}).out, "no data fix has run yet"));
}

TEST_P(DataCsvTest, ExpectIsLookedAtBeforeTheFirstWrite) {
  const std::string before = people();
  const Outcome many = import(sheet(1, 900), "on_conflict = 'update', expect = { max = 299 }");
  EXPECT_TRUE(exits(many, 4));
  EXPECT_TRUE(contains(many.err, "people: 300 rows would change, expect.max = 299: nothing was changed"));
  const Outcome few = import_again("on_conflict = 'update', expect = { min = 901 }");
  EXPECT_TRUE(exits(few, 4));
  EXPECT_TRUE(contains(few.err, "expect.min = 901: nothing was changed"));
  EXPECT_EQ(people(), before);
  EXPECT_TRUE(exits(import_again("on_conflict = 'update', expect = { min = 300, max = 300 }"), 0));
}

TEST_P(DataCsvTest, WhatGoesBeyondExpectIsNotWrittenWhereTheFileIsTooLongToBeCountedFirst) {
  const Outcome outcome =
      import(sheet(1, 10500), "on_conflict = 'update', missing = 'insert', expect = { max = 5000 }");
  EXPECT_TRUE(exits(outcome, 4));
  EXPECT_TRUE(contains(outcome.err, "more rows would change than expect.max = 5000"));
  const std::string written = project.value(
      "SELECT CASE WHEN count(*) BETWEEN 1 AND 5000 THEN 'some' ELSE 'too many' END FROM people WHERE name LIKE '%!' "
      "OR id > "
      "1000");
  EXPECT_EQ(written, "some");
  EXPECT_TRUE(exits(project.tide({"undo", "1"}), 0));
  EXPECT_EQ(project.value("SELECT count(*) FROM people WHERE name LIKE '%!' OR id > 1000"), "0");
}

TEST_P(DataCsvTest, AFileWithAHeaderOnlyChangesNothing) {
  const Outcome outcome = import("id,name\n", "on_conflict = 'update'");
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_EQ(parse_json(outcome.out)["rows"], 0);
}

TEST_P(DataCsvTest, WhatTheDatabaseRefusesIsNamedByLineColumnAndValue) {
  struct Case {
    std::string line;
    std::vector<std::string> parts;
  };
  const std::vector<Case> cases = {
      {"12,x,abc", {"people.csv:12: ", "age = 'abc'"}},
      {"12,,5", {"people.csv:12: ", "name"}},
      {"12,x,500", {"people.csv:12: ", "young"}},
      {"9,x,1", {"people.csv:12", "id = 9 stands on line 10 already"}},
      {",x,1", {"people.csv:12: id is empty: a row is found by it"}},
  };
  const std::string before = people();
  for (const Case& one : cases) {
    const std::string csv = sheet(1, 10) + one.line + "\n" + "13,name 13,13\n";
    const Outcome outcome = import(csv, "on_conflict = 'update', missing = 'insert'");
    EXPECT_FALSE(outcome.code == 0) << one.line;
    // what is known of the whole file beforehand names its line by itself
    for (const std::string& part : one.parts) EXPECT_TRUE(contains(outcome.err, part)) << one.line;
    EXPECT_EQ(people(), before) << one.line;
  }
  if (project.on_postgres()) {
    const Outcome outcome = import(sheet(1, 10) + "12," + std::string(21, 'x') + ",1\n", "on_conflict = 'update'");
    EXPECT_TRUE(contains(outcome.err, "people.csv:12: name = 'xxxxxxxxxxxxxxxxxxxxx': value too long"));
  }
}

TEST_P(DataCsvTest, RowsThatFailAreCollectedAndTheOthersWritten) {
  const std::string csv = "id,name,age\n1,one,1\n2,two,abc\n3,,3\n4,four,4\n7000,x,1\n5,five,1000\n";
  for (const char* change : {"", ", change = function(row) if row.id == '4' then error('no fours') end end"}) {
    const Outcome outcome = import(csv, std::string("on_conflict = 'update', on_error = 'collect'") + change);
    EXPECT_TRUE(exits(outcome, 0));
    const Json report = parse_json(outcome.out);
    EXPECT_EQ(report["errors"], *change == '\0' ? 4 : 5);
  }
  EXPECT_EQ(project.value("SELECT name FROM people WHERE id = 1"), "one");
  EXPECT_EQ(project.value("SELECT name FROM people WHERE id = 4"), "four");
  EXPECT_EQ(project.value("SELECT count(*) FROM people WHERE id IN (2, 3, 5) AND name = 'name ' || id"), "3");
  const Outcome shown = project.tide({"runs", "1"});
  for (const char* line : {"people.csv:3", "people.csv:4", "people.csv:6", "people.csv:7"}) {
    EXPECT_TRUE(contains(shown.out, line));
  }
}

TEST_P(DataCsvTest, AFileThatIsNotInOrderIsRefusedBeforeAnythingIsWritten) {
  struct Case {
    std::string csv;
    std::string part;
  };
  const std::string longest(300000, 'x');
  const std::vector<Case> cases = {
      {"", "people.csv is empty: its first line names the columns"},
      {"\xEF\xBB\xBF", "people.csv is empty"},
      {"id,name,id\n", "column 3 is called id too"},
      {"id,,age\n", "column 2 has no name"},
      {"id,nmae\n1,x\n", "people has no column 'nmae', did you mean 'name'?"},
      {"1,x\n2,y\n", "people has no column '1'"},
      {"id;name\n1;x\n", "its first line is divided by \";\", which `delimiter` has to say"},
      {"id\tname\n1\tx\n", "its first line is divided by \"\\t\", a tab"},
      {"id,name\n1,x\n2\n", "1 field on this line, 2 in the header (id, name)"},
      {"id,name\n1,x\n2,y,z\n", "3 fields on this line, 2 in the header (id, name)"},
      {"id,name\n1,x\n2,\"y\n3,z\n", "the quote that opens on this line is never closed"},
      {"id,name\n1,x\n2,y\"z\n", "a quote stands in the middle of field 2"},
      {"id,name\n1,x\n2,\"y\"z\n", "text stands behind the closing quote of field 2"},
      {std::string("id,name\n1,x\n2,y\0\n", 17), "a NUL byte"},
      {std::string("id,name\n1,x\n2,\"y\0\"\n", 19), "a NUL byte"},
      {"id,name\n1,x\n2,caf\xE9\n", "field 2 is not UTF-8: byte 0xE9, its 4th; save the file as UTF-8"},
      {"id,name\r1,x\r", "a carriage return alone"},
  };
  const std::string before = people();
  for (const Case& one : cases) {
    const Outcome outcome = import(one.csv, "on_conflict = 'update'");
    EXPECT_TRUE(outcome.code == 1 || outcome.code == 2) << one.csv;
    EXPECT_TRUE(contains(outcome.err, one.part)) << one.csv;
    EXPECT_TRUE(contains(outcome.err, "people.csv")) << one.csv;
    if (one.csv.find("\n1,x\n2") != std::string::npos) {
      EXPECT_TRUE(contains(outcome.err, "people.csv:3")) << one.csv;
    }
  }
  EXPECT_EQ(people(), before);
  ASSERT_TRUE(exits(run_script("make_folder", "fs.mkdir 'folder.csv'"), 0));
  for (const auto& [file, part] :
       std::map<std::string, std::string>{{"folder.csv", "folder.csv is no file that can be read as CSV"},
                                          {"none.csv", "none.csv"},
                                          {"../out.csv", "outside the project folder"}}) {
    const Outcome outcome = run_script("bad", "require('tide.data').import_csv(db, { file = '" + file +
                                                  "', table = 'people', on_conflict = 'update' })");
    EXPECT_TRUE(exits(outcome, 1)) << file;
    EXPECT_TRUE(contains(outcome.err, part));
  }
}

TEST_P(DataCsvTest, WhateverAProgramWritesIsRead) {
  run_script("more", "db:execute 'ALTER TABLE people ADD COLUMN note text'");
  const std::string text(300000, 'x');
  const Outcome outcome = import("\xEF\xBB\xBFid,note\r\n1,\"a \"\"b\"\"\nc\r\nd\"\r\n\r\n2," + text + "\n3,last",
                                 "on_conflict = 'update'");
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_EQ(parse_json(outcome.out)["updated"], 3);
  EXPECT_EQ(project.value("SELECT length(note) FROM people WHERE id = 2"), "300000");
  EXPECT_EQ(project.value("SELECT note FROM people WHERE id = 3"), "last");
  EXPECT_EQ(project.value("SELECT note FROM people WHERE id = 1"), "a \"b\"\nc\r\nd");
}

TEST_P(DataCsvTest, OptionsThatMakeNoSenseAreRefused) {
  project.write("people.csv", "id,name\n1,x\n");
  for (const auto& [options, part] : std::map<std::string, std::string>{
           {"on_conflict = 'replace'", R"(on_conflict is "error", "skip", "update", not "replace")"},
           {"missing = 'skip'", "no row would be written"},
           {"delimiter = ';;'", "delimiter is one character"},
           {"columns = { nam = 'name' }", "people.csv has no column 'nam', did you mean 'name'?"},
           {"columns = { name = 'id' }", "two columns of people.csv are to be 'id'"},
           {"columns = { id = false }, on_conflict = 'update'", "rows are found by their key, (id)"},
           {"columns = { name = false }, on_conflict = 'update'", "there is nothing to change"},
           {"bach = 1", "no option 'bach', did you mean 'batch'?"}}) {
    const Outcome outcome = import_again(options);
    EXPECT_TRUE(exits(outcome, 2)) << options;
    EXPECT_TRUE(contains(outcome.err, part)) << options;
  }
}

TEST_P(DataCsvTest, ARunThatStoppedGoesOnAndRefusesAnotherFile) {
  const std::string bad = sheet(1, 600) + "601,name 601,abc\n" + sheet(602, 900).substr(12);
  const std::string options = "on_conflict = 'update', batch = 50";
  ASSERT_TRUE(exits(import(bad, options), 1));
  const std::string done = project.value("SELECT count(*) FROM people WHERE name LIKE '%!'");
  EXPECT_NE(done, "0");
  const Outcome other = import(bad + "901,name 901,1\n", options);
  EXPECT_TRUE(exits(other, 1));
  EXPECT_TRUE(contains(other.err, "people.csv has changed since run 1 of scripts/fix.lua began"));
  EXPECT_EQ(project.value("SELECT count(*) FROM people WHERE name LIKE '%!'"), done);
  const Outcome mended =
      import(bad, options + ", change = function(row) if row.age == 'abc' then row.age = 61 end end");
  EXPECT_TRUE(exits(mended, 0));
  EXPECT_TRUE(contains(mended.err, "run 1 of scripts/fix.lua goes on at its checkpoint"));
  EXPECT_EQ(parse_json(mended.out)["rows"], 900);
  EXPECT_EQ(project.value("SELECT count(*) FROM people WHERE name LIKE '%!'"), "300");
}

TEST_P(DataCsvTest, ATableWithoutAKeyCanBeAddedTo) {
  run_script("more", "db:execute 'CREATE TABLE log (at integer, what text)'");
  const Outcome outcome =
      run_script("fix", "return require('tide.data').import_csv(db, { file = 'log.csv', table = 'log' })");
  EXPECT_TRUE(exits(outcome, 1)) << "there is no such file yet";
  project.write("log.csv", "at,what\n1,x\n1,x\n");
  const Outcome added =
      run_script("fix", "return require('tide.data').import_csv(db, { file = 'log.csv', table = 'log' })");
  EXPECT_TRUE(exits(added, 0));
  EXPECT_TRUE(contains(added.err, "no before-images are kept"));
  EXPECT_EQ(project.value("SELECT count(*) FROM log"), "2");
  const Outcome undone = project.tide({"undo", "1"});
  EXPECT_TRUE(exits(undone, 2));
  EXPECT_TRUE(contains(undone.err, "has no before-images"));
}

TEST_P(DataCsvTest, RowsThatGetTheirKeyFromTheDatabaseCanBeTakenOutAgain) {
  const std::string key = project.on_postgres() ? "bigserial PRIMARY KEY" : "integer PRIMARY KEY";
  run_script("more", "db:execute [[CREATE TABLE notes (id " + key +
                         ", what text)]] db:execute \"INSERT INTO notes (what) "
                         "VALUES ('mine')\"");
  project.write("notes.csv", "what\nx\ny\n");
  ASSERT_TRUE(
      exits(run_script("fix", "require('tide.data').import_csv(db, { file = 'notes.csv', table = 'notes' })"), 0));
  EXPECT_EQ(project.value("SELECT count(*) FROM notes"), "3");
  EXPECT_EQ(project.tide({"undo", "1"}).out, "2 rows restored, 0 left\n");
  EXPECT_EQ(project.value("SELECT what FROM notes"), "mine");
}

TEST_P(DataCsvTest, AnExportIsCompletePrivateAndNeverReplacesAFileByItself) {
  const Outcome outcome = export_people("table = 'people', where = 'id <= 2', file = 'out.csv'");
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_EQ(project.read("out.csv"), "id,name,age,email\n1,name 1,1,1@x\n2,name 2,2,2@x\n");
  const Json report = parse_json(outcome.out);
  EXPECT_EQ(report["rows"], 2);
  EXPECT_EQ(report["bytes"], 48);
  EXPECT_EQ(report["sha256"].get<std::string>().size(), 64U);
  struct stat about {};
  ASSERT_EQ(::stat(project.path("out.csv").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 07777, 0600U);
  const Outcome again = export_people("table = 'people', file = 'out.csv'");
  EXPECT_TRUE(exits(again, 1));
  EXPECT_TRUE(contains(again.err, "out.csv is there already"));
  EXPECT_TRUE(exits(
      export_people("query = 'SELECT 1 AS a, NULL AS b', file = 'out.csv', overwrite = true, delimiter = ';'"), 0));
  EXPECT_EQ(project.read("out.csv"), "a;b\n1;\n");
  EXPECT_TRUE(exits(export_people("query = 'SELECT broken', file = 'none.csv'"), 1));
  EXPECT_FALSE(project.has("none.csv"));
  EXPECT_FALSE(project.has("none.csv.partial"));
}

TEST_P(DataCsvTest, ATableOfEveryTypeComesBackAsItWas) {
  const std::string columns =
      project.on_postgres()
          ? "id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, b boolean, n numeric, f float8, t text, v varchar(9), "
            "y bytea, d "
            "date, z timestamptz, i interval, u uuid, j json, jb jsonb, a int[], ta text[], r int4range, m money, x "
            "xml, "
            "p point, net inet, bits varbit, ts tsvector, g bigint GENERATED ALWAYS AS (length(t)) STORED"
          : "id integer PRIMARY KEY, n numeric, f real, t text, y blob, g GENERATED ALWAYS AS (length(t)) STORED";
  const std::string rows =
      project.on_postgres()
          ? "INSERT INTO kinds (b, n, f, t, v, y, d, z, i, u, j, jb, a, ta, r, m, p, net, bits, ts) VALUES (true, "
            "12345678901234567890.10, 0.1::float8 + 0.2, E'a,\"b\"\\n\\\\N\\t', '', '\\x00ff', '0044-03-15 BC', "
            "'2024-02-29 "
            "23:59:59.123456+05:30', '1 mon -2 days', gen_random_uuid(), '{\"a\": [1,  2]}', '{\"a\": 1.50}', "
            "'{1,NULL,3}', "
            "'{\"NULL\",NULL,\"\",\"a,b\"}', '[1,5)', 12.5, '(1,2.5)', '10.0.0.0/8', B'10110', 'a fat cat'), "
            "(NULL, 'NaN', 'Infinity', E'\\u00e9\\U0001F600\\r\\n', NULL, '', 'infinity', '-infinity', NULL, NULL, "
            "'null', 'null', "
            "'{}', NULL, 'empty', NULL, NULL, NULL, NULL, NULL), (NULL, NULL, -0.0, '', NULL, NULL, NULL, NULL, NULL, "
            "NULL, NULL, "
            "NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)"
          : "INSERT INTO kinds (n, f, t, y) VALUES (9007199254740993, 0.1 + 0.2, 'a,\"b\"\n\\N\t', x'00ff'), (NULL, "
            "9e999, '', "
            "x''), (1.5, 1.0, '0123', 'text'), (NULL, NULL, NULL, NULL), (-1, -9e999, '\\x00', x'5c78')";
  run_script("kinds", "db:execute [==[CREATE TABLE kinds (" + columns + ")]==] db:execute [==[" + rows +
                          "]==] db:execute 'CREATE TABLE was AS SELECT * FROM kinds'");
  ASSERT_TRUE(exits(export_people("table = 'kinds', file = 'kinds.csv'"), 0));
  ASSERT_TRUE(exits(run_script("empty", "db:execute 'DELETE FROM kinds'"), 0));
  for (const char* change : {"", ", change = function(row) end"}) {
    const Outcome outcome =
        run_script("fix", std::string("require('tide.data').import_csv(db, { file = 'kinds.csv', table = 'kinds'") +
                              change + " })");
    EXPECT_TRUE(exits(outcome, 0));
    const std::string same =
        project.on_postgres()
            ? "k::text = w::text"
            : "k.id = w.id AND k.n IS w.n AND typeof(k.n) = typeof(w.n) AND k.f IS w.f AND typeof(k.f) = "
              "typeof(w.f) AND k.t IS w.t AND typeof(k.t) = typeof(w.t) AND k.y IS w.y AND typeof(k.y) = "
              "typeof(w.y) AND k.g IS w.g";
    EXPECT_EQ(project.value("SELECT count(*) FROM kinds k, was w WHERE " + same),
              project.value("SELECT count(*) FROM was"));
    EXPECT_TRUE(exits(project.tide({"undo", *change == '\0' ? "1" : "2"}), 0));
    EXPECT_EQ(project.value("SELECT count(*) FROM kinds"), "0");
  }
}

TEST_P(DataCsvTest, AScriptWalksOverTheRowsOfAFile) {
  project.write("a.csv", "id,name,note\n1,\"a\nb\",\n2,\"\",x\n");
  const Outcome outcome = run_script("walk", R"lua(
    local list = {}
    for row, line in require("tide.data").csv_rows("a.csv", { columns = { note = false, name = "title" } }) do
      list[#list + 1] = { line = line, id = row.id, title = row.title, note = row.note or null }
    end
    return list)lua");
  EXPECT_TRUE(exits(outcome, 0));
  const Json rows = parse_json(outcome.out);
  EXPECT_EQ(rows[0], (Json{{"line", 2}, {"id", "1"}, {"title", "a\nb"}, {"note", nullptr}}));
  EXPECT_EQ(rows[1], (Json{{"line", 4}, {"id", "2"}, {"title", ""}, {"note", nullptr}}));
  const Outcome bad = run_script("walk", "for _ in require('tide.data').csv_rows('scripts') do end");
  EXPECT_TRUE(exits(bad, 1));
  EXPECT_TRUE(contains(bad.err, "scripts is no file that can be read as CSV"));
}

TEST_P(DataCsvTest, TheWorkedExampleDoesWhatItsPageSays) {
  for (const char* name : {"make_customers", "export_customers", "correct_customers"}) {
    const std::string file = std::string("scripts/") + name + ".lua";
    std::filesystem::copy(std::filesystem::path(TIDE_SOURCE_DIR) / file, project.path(file));
  }
  ASSERT_TRUE(exits(project.tide({"run", "make_customers", "--set", "rows=100"}), 0));
  ASSERT_TRUE(exits(project.tide({"run", "export_customers"}), 0));
  std::string csv = project.read("customers.csv");
  csv.replace(csv.find("\n7;"), 3, "\n70000;");
  project.write("customers.csv", csv);
  const Outcome outcome = project.tide({"run", "correct_customers"});
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(contains(outcome.err, "customers.csv:8: customers has no row with id = 70000"));
  EXPECT_EQ(parse_json(outcome.out)["updated"], 33);
  EXPECT_EQ(project.value("SELECT count(*) FROM customers WHERE email <> lower(email)"), "0");
}

TEST(DataCsv, ASequenceGoesOnBehindTheRowsThatWereGivenANumber) {
  Project project(Engine::kPostgres);
  project.write("scripts/make.lua", "db:execute 'CREATE TABLE items (id bigserial PRIMARY KEY, name text)'");
  ASSERT_TRUE(exits(project.tide({"run", "make"}), 0));
  project.write("items.csv", "id,name\n41,x\n42,y\n");
  project.write("scripts/fix.lua", "require('tide.data').import_csv(db, { file = 'items.csv', table = 'items' })");
  ASSERT_TRUE(exits(project.tide({"run", "fix"}), 0));
  EXPECT_EQ(project.value("INSERT INTO items (name) VALUES ('z') RETURNING id"), "43");
}

TEST(DataCsv, AnImportGoesThroughATransactionPooler) {
  if (!PgBouncer::installed()) GTEST_SKIP() << "pgbouncer is not installed";
  Project project(Engine::kPostgres);
  const PgBouncer pooler(shared_cluster());
  const std::string pooled = pooler.url(project.url().substr(project.url().rfind('/') + 1));
  project.write("people.csv", sheet(1, 1100) + "1101,x,abc\n");
  project.write("scripts/make.lua", kPeople);
  project.write("scripts/fix.lua",
                "return require('tide.data').import_csv(db, { file = 'people.csv', table = 'people', batch = 100, "
                "on_conflict = 'update', missing = 'insert', on_error = 'collect' })");
  ASSERT_TRUE(exits(project.tide({"run", "make"}), 0));
  const Outcome outcome = project.tide({"run", "fix", "--url", pooled});
  EXPECT_TRUE(exits(outcome, 0));
  const Json report = parse_json(outcome.out);
  EXPECT_EQ(report["updated"], 333);
  EXPECT_EQ(report["inserted"], 100);
  EXPECT_EQ(report["errors"], 1);
}

}  // namespace
}  // namespace tide::test
