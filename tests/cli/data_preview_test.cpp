#include "cli/project.h"

namespace tide::test {
namespace {

class DataPreviewTest : public OnEngine {
 protected:
  void make(const std::string& text) const {
    project.write("scripts/make.lua", text);
    ASSERT_TRUE(exits(project.tide({"run", "make"}), 0));
  }
  void SetUp() override {
    make(
        R"lua(db:execute "CREATE TABLE people (id integer PRIMARY KEY, email varchar(40) NOT NULL, token text, note text, n integer)"
      for i = 1, 8 do db:execute("INSERT INTO people VALUES ($1, $2, 'tok', $3, 1)", i, "Übel" .. i .. "@x", ("wide "):rep(30) .. "\27[31m\n") end)lua");
  }
  Outcome fix(const std::string& options, const Args& more = {}) const {
    project.write("scripts/fix.lua",
                  "return require('tide.data').transform(db, { table = 'people', " + options + " })");
    Args args = {"run", "fix"};
    args.insert(args.end(), more.begin(), more.end());
    return project.tide(args);
  }
  void expect_failure(const std::string& options, int code, const std::string& message) const {
    const Outcome outcome = fix(options);
    EXPECT_TRUE(exits(outcome, code)) << options;
    EXPECT_TRUE(contains(outcome.err, message)) << options;
    EXPECT_EQ(project.value("SELECT count(*) || ' ' || sum(n) FROM people WHERE token = 'tok' AND email LIKE 'Übel%'"),
              "8 8")
        << options;
  }
  const std::string shown_ =
      "columns = { 'email', 'token', 'note' }, change = function(row) if row.id % 4 == 0 then row.email = "
      "row.email .. '.test' row.token = nil row.note = row.note .. '!' end end";
};
TIDE_ON_BOTH_ENGINES(DataPreviewTest);

TEST_P(DataPreviewTest, TheSampleIsCutWhereItDiffersAndHoldsNothingThatATerminalObeys) {
  const Outcome outcome = fix(shown_, {"--dry-run"});
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(contains(outcome.err,
                       "people: 2 of 8 rows would change; it would take about 1 s\n"
                       "    id  column  before"));
  EXPECT_TRUE(contains(outcome.err, "    4   email   Übel4@x  "));
  EXPECT_TRUE(contains(outcome.err, "        token   tok  "));
  EXPECT_TRUE(contains(outcome.err, "\\x1b[31m\\x0a!\n"));
  EXPECT_TRUE(lacks(outcome.err, "\x1b"));
  const Json result = parse_json(fix(shown_, {"--dry-run", "--json"}).out)["result"];
  EXPECT_EQ(result["changed"], 2);
  ASSERT_EQ(result["sample"].size(), 6U);
  EXPECT_EQ(result["sample"][0]["after"], "Übel4@x.test");
  EXPECT_EQ(project.value("SELECT count(*) FROM people WHERE token IS NULL"), "0");
}

TEST_P(DataPreviewTest, WhatTheEnvironmentMasksIsNotShown) {
  project.write("tide.toml", project.read("tide.toml") + "masked = [\"people.email\", \"*.token\"]\n");
  project.write("migrations/0001_fix.lua",
                "return { transaction = false, up = function(db) require('tide.data').transform(db, { table "
                "= 'people', " +
                    shown_ + " }) end, down = require('tide.data').undo }");
  for (const Outcome& outcome :
       {fix(shown_, {"--dry-run"}), project.tide({"plan", "--sql"}), fix(shown_, {"--dry-run", "--json"})}) {
    EXPECT_TRUE(exits(outcome, 0));
    EXPECT_TRUE(lacks(outcome.all(), "bel4@x"));
    EXPECT_TRUE(lacks(outcome.all(), "tok  "));
    EXPECT_TRUE(contains(outcome.all(), "***"));
    EXPECT_TRUE(contains(outcome.all(), "NULL"));
    EXPECT_TRUE(contains(outcome.all(), "wide"));
  }
}

TEST_P(DataPreviewTest, WhatIsWrittenIntoTheCallIsOneExpressionAndNothingBeside) {
  const std::string rest = ", columns = { 'note' }, change = function(row) row.note = 'x' end";
  const std::pair<const char*, const char*> cases[] = {
      {"where = 'true; DELETE FROM people'", "data.transform: where: "},
      {"where = 'true) OR (true'", "data.transform: where: "},
      {"where = 'true ORDER BY 1'", "data.transform: where: "},
      {"where = 'true LIMIT 1'", "data.transform: where: "},
      {"where = 'emial IS NULL'", "emial"},
      {"where = ' '", "data.transform: where: it is empty"},
      {"where = 'token = $1'", "data.transform: where: "},
      {"set = { n = '2, token = NULL' }", "data.transform: set.n: "},
      {"set = { n = '2; DELETE FROM people' }", "data.transform: set.n: "},
      {"set = { n = '2 WHERE false' }", "data.transform: set.n: "},
      {"set = { n = '$1' }", "data.transform: set.n: "},
      {"set = { n = 'nosuch(n)' }", "nosuch"},
      {"set = { 'n' }", "people has no column '1'"},
      {"set = { n = 2 }", "set.n is an SQL expression, a string"},
  };
  for (const auto& [options, message] : cases) expect_failure(options + rest, 2, message);
  EXPECT_TRUE(exits(fix("where = 'id > 4 -- the later ones', set = { n = 'n + 1 -- counted' }" + rest), 0));
  EXPECT_EQ(project.value("SELECT sum(n) FROM people"), "12");
}

TEST_P(DataPreviewTest, AnOptionThatCannotBeMeantIsRefused) {
  const std::string change = ", change = function(row) row.token = 'x' end";
  const std::string good = "columns = { 'token' }" + change;
  const std::pair<std::string, const char*> cases[] = {
      {good + ", expect = { min = 5, max = 3 }", "expect.min = 5 is more than expect.max = 3"},
      {good + ", expect = { min = -1 }", "expect.min is a number of rows"},
      {good + ", expect = { max = 1.5 }", "expect.max is a number of rows"},
      {good + ", expect = 5", "expect is a table, not a number"},
      {good + ", batch = 1.5", "batch is a whole number from 1 on"},
      {good + ", batch = 'x'", "batch is a number, not a string"},
      {good + ", workers = 0", "workers is a whole number from 1 to 64"},
      {good + ", workers = 1e9", "workers is a whole number from 1 to 64"},
      {good + ", max_errors = 0", "max_errors is a whole number from 1 on"},
      {good + ", pause = -1", "pause is a duration"},
      {good + ", keep = 'soon'", "keep is a duration"},
      {good + ", before_images = 1", "before_images is a boolean, not a number"},
      {good + ", throttle = { max_lga = 1 }", "did you mean 'max_lag'?"},
      {"columns = {}" + change, "`columns` names those that `change` may change"},
      {"columns = { 5 }" + change, "columns is a list of names"},
      {"columns = { token = true }" + change, "columns is a list of names"},
      {"columns = { 'token' }, read = 'n'" + change, "read is a table, not a string"},
      {"columns = { 'token' }", "data.transform needs `change`"},
      {"columns = { 'tokn' }" + change, "people has no column 'tokn', did you mean 'token'?"},
  };
  for (const auto& [options, message] : cases) expect_failure(options, 2, message);
  project.write("scripts/fix.lua", "require('tide.data').transform({ table = 'people' })");
  EXPECT_TRUE(contains(project.tide({"run", "fix"}).err, "data.transform takes db, then its options"));
}

TEST_P(DataPreviewTest, TheOtherThreeTakeTheirPortionsAsATransformDoes) {
  project.write("scripts/fix.lua", R"lua(local data, said = require "tide.data", {}
    for _, name in ipairs { "each", "backfill", "delete" } do
      for _, wrong in ipairs { { "batch", 0 }, { "batch", 1.5 }, { "workers", 65 } } do
        local options = { table = "people", where = "true", [wrong[1]] = wrong[2] }
        if name == "each" then options.each = print elseif name == "backfill" then options.set = { n = "2" } end
        table.insert(said, select(2, pcall(data[name], db, options)).message)
      end
    end
    return said)lua");
  const Json said = parse_json(project.tide({"run", "fix"}).out);
  ASSERT_EQ(said.size(), 9U);
  for (std::size_t i = 0; i < said.size(); ++i) {
    const std::string call = i < 3 ? "data.each: " : i < 6 ? "data.backfill: " : "data.delete: ";
    EXPECT_EQ(said[i],
              call + (i % 3 < 2 ? "batch is a whole number from 1 on" : "workers is a whole number from 1 to 64"));
  }
  EXPECT_EQ(project.value("SELECT sum(n) FROM people"), "8");
}

TEST_P(DataPreviewTest, AValueThatDoesNotFitNamesTheRowAndNothingOfItsBatchIsKept) {
  const bool postgres = project.on_postgres();
  make(
      "db:script [[CREATE TABLE parent (id integer PRIMARY KEY); INSERT INTO parent VALUES (1); CREATE TABLE child (id "
      "integer PRIMARY "
      "KEY, p integer REFERENCES parent, s varchar(5) NOT NULL CHECK (s <> 'bad'), t integer UNIQUE); "
      "INSERT INTO child VALUES (1, 1, 'a', 1), (2, 1, 'b', 2), (3, 1, 'c', 3)]]");
  const std::pair<const char*, const char*> cases[] = {
      {"row.s = nil", postgres ? "null value in column \"s\"" : "NOT NULL constraint failed: child.s"},
      {"row.s = 'bad'", postgres ? "child_s_check" : "CHECK constraint failed"},
      {"row.t = 1", postgres ? "child_t_key" : "UNIQUE constraint failed: child.t"},
      {"row.p = 9", postgres ? "child_p_fkey" : "FOREIGN KEY constraint failed"},
      {"row.t = {}", postgres ? "t: invalid input syntax for type integer" : "t is a table"},
      {"row.x = 1", "a row of child has no 'x'"},
      {"row.id = 9", "`change` changed id, which is part of the key"},
      {"return 1", "`change` returned a number"},
      {"row.s = 'toolong'", "s: value too long for type character varying(5)"},
      {"row.t = 'abc'", "t: invalid input syntax for type integer"},
      {"row.t = 0/0", "t: invalid input syntax for type integer"},
      {"row.t = 1e30", "t: invalid input syntax for type integer"},
  };
  const std::size_t count = postgres ? std::size(cases) : std::size(cases) - 4;
  for (std::size_t i = 0; i < count; ++i) {
    project.write(
        "scripts/f" + std::to_string(i) + ".lua",
        std::string(
            "require('tide.data').transform(db, { table = 'child', columns = { 'p', 's', 't' }, change = function(row) "
            "if row.id == 2 then ") +
            cases[i].first + " else row.s = 'x' end end })");
    const Outcome outcome = project.tide({"run", "f" + std::to_string(i)});
    EXPECT_NE(outcome.code, 0) << cases[i].first;
    EXPECT_TRUE(contains(outcome.err, "child (id = 2): ")) << cases[i].first;
    EXPECT_TRUE(contains(outcome.err, cases[i].second)) << cases[i].first;
    EXPECT_EQ(project.value("SELECT count(*) FROM child WHERE s = 'x'"), "0") << cases[i].first;
  }
}

TEST_P(DataPreviewTest, RowsThatFailAreCollectedUpToTheLimit) {
  const std::string fails =
      "columns = { 'token' }, on_error = 'collect', change = function(row) if row.id < 5 then error 'odd' end "
      "row.token "
      "= 'x' end";
  Outcome outcome = fix(fails + ", max_errors = 3");
  EXPECT_TRUE(exits(outcome, 1));
  EXPECT_TRUE(contains(outcome.err, "more than max_errors = 3 rows failed; the last one, people (id = 4): odd"));
  EXPECT_EQ(project.value("SELECT count(*) FROM people WHERE token = 'x'"), "0");
  EXPECT_TRUE(exits(fix(fails + ", max_errors = 4"), 0));
  const Json run = project.json({"runs", std::to_string(project.json({"runs"})["runs"].size())});
  ASSERT_EQ(run["failed_rows"].size(), 4U);
  EXPECT_EQ(run["failed_rows"][3]["key"], "people (id = 4)");
  EXPECT_EQ(project.value("SELECT count(*) FROM people WHERE token = 'x'"), "4");
}

TEST_P(DataPreviewTest, ItRunsWhereItCanCommitAndNowhereElse) {
  const std::string call =
      "require('tide.data').transform(db, { table = 'people', columns = { 'token' }, change = print })";
  project.write("migrations/0001_fix.lua",
                "return { transaction = false, up = function() end, down = function() end, verify = function(db) " +
                    call + " end }");
  const Outcome outcome = project.tide({"up"});
  EXPECT_NE(outcome.code, 0);
  EXPECT_TRUE(contains(outcome.err, "data.transform changes rows: it belongs into `up`"));
}

// A script that was edited after a failure must not go on with the places of another table.
TEST_P(DataPreviewTest, AFixThatIsToDoSomethingElseDoesNotGoOn) {
  make("db:execute 'CREATE TABLE other (id integer PRIMARY KEY, token text)'");
  const std::string call = "require('tide.data').transform(db, { table = '";
  const std::string rest =
      "', columns = { 'token' }, batch = 2, change = function(row) if row.id == 4 then error 'no' end row.token = 'x' "
      "end })";
  project.write("scripts/fix.lua", call + "people" + rest);
  EXPECT_TRUE(exits(project.tide({"run", "fix"}), 1));
  project.write("scripts/fix.lua", call + "other" + rest);
  const Outcome outcome = project.tide({"run", "fix"});
  EXPECT_TRUE(exits(outcome, 1));
  EXPECT_TRUE(contains(outcome.err, "it is to do something else now: table was "));
  EXPECT_TRUE(contains(outcome.err, "tide runs --abandon 1"));
}

}  // namespace
}  // namespace tide::test
