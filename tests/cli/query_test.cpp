#include "cli/project.h"
#include "support/pg_cluster.h"

namespace tide::test {
namespace {

class QueryTest : public OnEngine {
 protected:
  Outcome piped(const Args& args, const std::string& input) {
    Command command = project.command(args);
    command.input = input;
    return run(command);
  }
};
TIDE_ON_BOTH_ENGINES(QueryTest);

TEST_P(QueryTest, PrintsAlignedCsvJsonAndMarkdown) {
  const std::string sql = "SELECT 1 AS id, 'a,b' AS name, NULL AS none";
  EXPECT_EQ(project.tide({"query", sql}).out, " id | name | none\n----+------+------\n  1 | a,b  | NULL\n");
  EXPECT_EQ(project.tide({"query", "--csv", sql}).out, "id,name,none\n1,\"a,b\",\n");
  EXPECT_EQ(project.tide({"query", "--markdown", sql}).out,
            "| id | name | none |\n|---:|---|---|\n| 1 | a,b | NULL |\n");
  EXPECT_EQ(project.json({"query", sql}), Json::parse(R"([{"id":1,"name":"a,b","none":null}])"));
  EXPECT_TRUE(exits(project.tide({"query", "--csv", "--markdown", sql}), 2));
}

TEST_P(QueryTest, ReadsFromAPipeAndStopsAtTheFirstError) {
  const Outcome outcome = piped({"query", "--csv"},
                                "CREATE TABLE t (n integer);\nINSERT INTO t VALUES (1);\n"
                                "SELECT n FROM t; SELECT nope; INSERT INTO t VALUES (2);");
  EXPECT_TRUE(exits(outcome, 1));
  EXPECT_EQ(outcome.out, "n\n1\n");
  EXPECT_TRUE(contains(outcome.err, "nope"));
  EXPECT_EQ(project.value("SELECT count(*) FROM t"), "1");
}

TEST_P(QueryTest, SaysWhatIsWrongWithWhatItGot) {
  EXPECT_TRUE(exits(piped({"query"}, " ; -- nothing\n"), 2));
  EXPECT_TRUE(exits(project.tide({"query", "BEGIN; SELECT 1"}), 1));
  EXPECT_TRUE(exits(piped({"query"}, "SELECT 'open"), 1));
  EXPECT_TRUE(exits(piped({"query"}, std::string("SELECT '\xff\xfe'")), project.on_postgres() ? 1 : 0));
  EXPECT_TRUE(exits(project.tide({"query", "SELECT 1", "--limit", "x"}), 2));
}

TEST_P(QueryTest, TheLimitIsSaid) {
  const Outcome outcome = project.tide({"query", "--csv", "--limit", "1", "SELECT 1 AS n UNION ALL SELECT 2"});
  EXPECT_EQ(outcome.out, "n\n1\n");
  EXPECT_TRUE(contains(outcome.err, "only the first 1 row"));
}

TEST_P(QueryTest, AProtectedEnvironmentIsOnlyRead) {
  project.tide({"query", "CREATE TABLE t (n integer)"});
  project.write("tide.toml", "[env.production]\nurl = \"" + project.url() + "\"\nprotected = true\n");
  EXPECT_TRUE(exits(project.tide({"-e", "production", "query", "INSERT INTO t VALUES (1)"}), 1));
  EXPECT_TRUE(exits(project.tide({"-e", "production", "query", "--write", "why", "INSERT INTO t VALUES (1)"}), 6));
  EXPECT_TRUE(exits(project.tide({"-e", "production", "query", "--write", " ", "SELECT 1"}), 2));
  EXPECT_EQ(project.value("SELECT count(*) FROM t"), "0");
  EXPECT_TRUE(exits(project.tide({"-e", "production", "--confirm", "production", "query", "--write", "why",
                                  "INSERT INTO t VALUES (1)"}),
                    0));
  EXPECT_EQ(project.value("SELECT count(*) FROM t"), "1");
}

TEST_P(QueryTest, MaskedColumnsAreMaskedInEveryFormat) {
  project.tide({"query",
                "CREATE TABLE users (id integer PRIMARY KEY, email text); CREATE VIEW v AS SELECT id, email AS "
                "mail FROM users; INSERT INTO users VALUES (1, 'secret@x.org'), (2, NULL)"});
  project.write("tide.toml", "[env.dev]\nurl = \"" + project.url() + "\"\nmasked = [\"users.email\"]\n");
  for (const char* sql : {"SELECT * FROM users", "SELECT mail FROM v", "SELECT lower(email) FROM users",
                          "SELECT u.email || '' FROM users u", "SELECT x FROM (SELECT email AS x FROM users) s",
                          "SELECT max(mail) FROM v", "WITH w AS (SELECT email e FROM users) SELECT e FROM w"}) {
    for (const char* format : {"--csv", "--json", "--markdown", "--expanded"}) {
      const Outcome outcome = project.tide({"query", format, sql});
      EXPECT_TRUE(exits(outcome, 0)) << sql;
      EXPECT_TRUE(contains(outcome.out, "***")) << sql << format;
      EXPECT_TRUE(lacks(outcome.all(), "secret@")) << sql << format;
    }
  }
  EXPECT_EQ(project.tide({"query", "--csv", "SELECT count(email) AS n FROM users"}).out, "n\n1\n");
  EXPECT_TRUE(lacks(project.tide({"eval", "db:query 'SELECT email FROM users'"}).all(), "secret@"));
  EXPECT_TRUE(lacks(project.tide({"eval", "db:value 'SELECT email FROM users WHERE id = 1'"}).all(), "secret@"));
}

TEST_P(QueryTest, AnErrorDoesNotTellWhatIsMasked) {
  project.tide({"query",
                "CREATE TABLE users (id integer PRIMARY KEY, email text UNIQUE); "
                "INSERT INTO users VALUES (1, 'secret@x.org')"});
  project.write("tide.toml", "[env.dev]\nurl = \"" + project.url() + "\"\nmasked = [\"users.email\"]\n");
  const Outcome again = project.tide({"query", "INSERT INTO users SELECT 2, email FROM users"});
  EXPECT_TRUE(exits(again, 1));
  EXPECT_TRUE(lacks(again.all(), "secret@"));
  EXPECT_TRUE(lacks(project.tide({"query", "SELECT CAST(email AS integer) / 0 FROM users"}).all(), "secret@"));
  if (!project.on_postgres()) return;
  for (const char* sql : {"DO $$ BEGIN RAISE NOTICE '%', (SELECT email FROM users); END $$",
                          "DO $$ BEGIN RAISE EXCEPTION '%', (SELECT email FROM users); END $$",
                          "ANALYZE users; SELECT most_common_vals, histogram_bounds FROM pg_stats",
                          "SELECT histogram_bounds::text FROM pg_stats", "SELECT s::text FROM pg_statistic s",
                          "PREPARE p AS SELECT email FROM users; EXECUTE p",
                          "SELECT query_to_xml('TABLE users', true, "
                          "true, '')",
                          "SELECT string_agg(u::text, ',') FROM users u", "TABLE users",
                          "INSERT INTO users VALUES (7, 'secret@y.org') RETURNING *"}) {
    EXPECT_TRUE(lacks(project.tide({"query", sql}).out, "secret@")) << sql;
  }
}

TEST_P(QueryTest, EvalPrintsWhatTheCodeReturns) {
  EXPECT_EQ(project.tide({"eval", "1 + 1, 'two', nil"}).out, "2\ntwo\nnil\n");
  EXPECT_EQ(project.tide({"eval", "local x = {} for i = 1, 3 do x[i] = i * 2 end return x"}).out, "{ 2, 4, 6 }\n");
  EXPECT_EQ(project.tide({"eval", "db:query 'SELECT 2 AS b, 1 AS a'"}).out, " b | a\n---+---\n 2 | 1\n");
  EXPECT_EQ(project.tide({"eval", "--csv", "{ { n = 1 }, { n = 2 } }"}).out, "n\n1\n2\n");
  EXPECT_EQ(project.json({"eval", "{ a = 1 }"}), Json::parse(R"({"a":1})"));
  EXPECT_EQ(project.tide({"eval", "arg[1] .. arg[2]", "x", "y"}).out, "xy\n");
  EXPECT_EQ(piped({"eval"}, "x = 20\nreturn x + 1\n").out, "21\n");
}

TEST_P(QueryTest, EvalSaysWhatIsWrong) {
  EXPECT_TRUE(exits(project.tide({"eval", "nosuchthing"}), 1));
  EXPECT_TRUE(exits(project.tide({"eval", "for"}), 2));
  EXPECT_TRUE(exits(project.tide({"eval", "db:query 'SELECT nope'"}), 1));
  EXPECT_TRUE(contains(project.tide({"eval", "inspect.sizs()"}).err, "inspect has no 'sizs'"));
}

TEST_P(QueryTest, AReadOnlySessionDoesNothingOutsideEither) {
  const Outcome refused = project.tide({"eval", "--read-only", "shell.run({ 'touch', 'made' })"});
  EXPECT_TRUE(exits(refused, 6));
  EXPECT_FALSE(project.has("made"));
  EXPECT_TRUE(
      exits(project.tide({"eval", "--read-only", "--allow", "shell", "shell.run({ 'touch', 'made' }).code"}), 0));
  EXPECT_TRUE(project.has("made"));
  EXPECT_TRUE(exits(project.tide({"eval", "--read-only", "--allow", "shells", "1"}), 2));
  project.tide({"query", "CREATE TABLE t (n integer)"});
  EXPECT_TRUE(exits(project.tide({"eval", "--read-only", "db:connect('dev'):execute 'INSERT INTO t VALUES (1)'"}), 1));
  EXPECT_EQ(project.value("SELECT count(*) FROM t"), "0");
}

TEST_P(QueryTest, DiagnoseGivesVerdicts) {
  project.tide({"query",
                "CREATE TABLE a (id integer PRIMARY KEY); CREATE TABLE b (id integer PRIMARY KEY, a_id integer "
                "REFERENCES a); CREATE INDEX i1 ON b (a_id, id)"});
  const Json verdicts = project.json({"eval", "inspect.diagnose()"});
  ASSERT_GE(verdicts.size(), 4u);
  for (const Json& verdict : verdicts) EXPECT_NE(verdict["verdict"], "unknown") << verdict;
}

}  // namespace
}  // namespace tide::test
