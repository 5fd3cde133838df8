#include <sys/stat.h>

#include <chrono>
#include <csignal>
#include <memory>
#include <thread>

#include "cli/project.h"
#include "support/pg_cluster.h"
#include "support/terminal.h"

// tide repl as a person meets it, on a real terminal; and from a pipe.
namespace tide::test {
namespace {

using namespace std::chrono_literals;

// Ctrl-C, and the prompt again: what is typed before the terminal has dealt with it would be lost.
constexpr const char* kGivenUp = "^C\r\n\033[?2004hdev postgres rw=# ";

class ReplTest : public testing::Test {
 protected:
  explicit ReplTest(Engine engine = Engine::kPostgres) : project(engine) {}

  void configure(const std::string& more) {
    project.write("tide.toml", "[env.production]\nurl = \"" + project.url() + "\"\n" + more);
  }

  Command command(Args more = {}, Env env = {}) {
    env.emplace("TERM", "xterm");
    env.emplace("HOME", project.path("home"));
    env.emplace("NO_COLOR", "1");
    Args args = {"repl"};
    args.insert(args.end(), more.begin(), more.end());
    return project.command(args, env);
  }

  // The prompt is there.
  void open(Args more = {}, int columns = 120, Env env = {}) {
    process = std::make_unique<Terminal>(command(std::move(more), std::move(env)), columns, 60);
    ASSERT_TRUE(process->wait_for("=# ")) << process->mark();
  }

  // Types, and waits until `expected` has been written after it.
  testing::AssertionResult answers(const std::string& typed, const std::string& expected) {
    process->mark();
    process->type(typed);
    if (process->wait_for(expected, 8s)) return testing::AssertionSuccess();
    return testing::AssertionFailure() << "no " << expected << " after " << typed << " but: " << process->mark();
  }

  Outcome leave() {
    process->type("\\q\r");
    return process->wait();
  }

  Outcome piped(const std::string& input, Args more = {}, Env env = {}) {
    Command opened = command(std::move(more), std::move(env));
    opened.input = input;
    return run(opened);
  }

  Project project;
  std::unique_ptr<Terminal> process;
};

class ReplOnSqlite : public ReplTest {
 protected:
  ReplOnSqlite() : ReplTest(Engine::kSqlite) {}
};

TEST_F(ReplTest, RunsSqlAndLuaOverSeveralLines) {
  open();
  ASSERT_TRUE(answers("select 40 +\r", "-> "));
  ASSERT_TRUE(answers("2 as answer;\r", "     42"));
  ASSERT_TRUE(answers("for i = 1, 3 do\r", "-> "));
  ASSERT_TRUE(answers("total = i * 10\r", "-> "));
  ASSERT_TRUE(answers("end\r", "# "));
  ASSERT_TRUE(answers("total .. '!'\r", "30!"));
  EXPECT_TRUE(exits(leave(), 0));
}

TEST_F(ReplTest, TabCompletesNamesOfTheDatabaseAndOfLua) {
  project.tide({"query", "CREATE TABLE customers (id integer, shoe_size integer)"});
  open();
  ASSERT_TRUE(answers("select count(*) from cust\t", "omers"));
  ASSERT_TRUE(answers("c where c.sho\t", "e_size"));
  ASSERT_TRUE(answers("is null;\r", "(1 row)"));
  ASSERT_TRUE(answers("inspect.dupl\t", "icate_indexes"));
  ASSERT_TRUE(answers("\x03", kGivenUp));
  ASSERT_TRUE(answers("\\conn\t", "info"));
  ASSERT_TRUE(answers("\x03", kGivenUp));
  ASSERT_TRUE(answers("inspect.in\t", "inspect.index_use  inspect.invalid"));
  ASSERT_TRUE(answers("\x03", kGivenUp));
  EXPECT_TRUE(exits(leave(), 0));
}

TEST_F(ReplTest, WhatIsPastedRunsAtEnterOnly) {
  project.tide({"query", "CREATE TABLE t (n integer)"});
  open();
  ASSERT_TRUE(answers("\033[200~insert into t values (1);\rinsert into t values (2);\033[201~", "values (2);"));
  std::this_thread::sleep_for(200ms);
  EXPECT_EQ(project.value("SELECT count(*) FROM t"), "0");
  ASSERT_TRUE(answers("\r", "INSERT 1"));
  ASSERT_TRUE(answers("select count(*) + 40 from t;\r", "42"));
  EXPECT_TRUE(exits(leave(), 0));
}

TEST_F(ReplTest, CtrlCCancelsOnTheServerAndKeepsTheSession) {
  open();
  ASSERT_TRUE(answers("set application_name = 'kept';\r", "SET"));
  process->type("select pg_sleep(60);\r");
  for (int i = 0;
       i < 100 && project.value("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND "
                                "state = 'active' AND pid <> pg_backend_pid()") == "0";
       ++i) {
    std::this_thread::sleep_for(50ms);
  }
  ASSERT_TRUE(answers("\x03", "cancelled"));
  ASSERT_TRUE(answers("show application_name;\r", "kept"));
  process->type("while true do end\r");
  std::this_thread::sleep_for(300ms);
  ASSERT_TRUE(answers("\x03", "cancelled"));
  ASSERT_TRUE(answers("1 + 41\r", "42\r\n\033[?2004hdev postgres rw=# "));
  ASSERT_TRUE(answers("half a line", "line"));
  ASSERT_TRUE(answers("\x03", kGivenUp));
  EXPECT_TRUE(exits(leave(), 0));
}

TEST_F(ReplTest, TakesWhatIsNotAscii) {
  open();
  ASSERT_TRUE(answers("select '日本 ' || 'é😀' as \"größe\";\r", "日本 é😀\r\n"));
  ASSERT_TRUE(answers("('ü'):rep(3)\r", "üüü"));
  EXPECT_TRUE(exits(leave(), 0));
}

TEST_F(ReplTest, ATableTooWideForTheScreenStandsOneValueALine) {
  open({}, 80, {{"PAGER", ""}});
  std::string columns = "1 as c1";
  for (int i = 2; i <= 200; ++i) columns += ", " + std::to_string(i) + " as c" + std::to_string(i);
  ASSERT_TRUE(answers("\033[200~select " + columns + ";\033[201~\r", "(1 row)"));
  EXPECT_TRUE(contains(process->mark(), "-[ row 1 ]"));
  EXPECT_TRUE(exits(leave(), 0));
}

TEST_F(ReplTest, FollowsTheSizeOfItsTerminal) {
  open({}, 120, {{"PAGER", ""}});
  ASSERT_TRUE(answers("select repeat('x', 60) as a, repeat('y', 20) as b;\r", " | yyyyyyyyyyyyyyyyyyyy\r\n"));
  process->resize(40, 20);
  std::this_thread::sleep_for(300ms);
  ASSERT_TRUE(answers("select repeat('x', 60) as a, repeat('y', 20) as b;\r", "-[ row 1 ]"));
  EXPECT_TRUE(exits(leave(), 0));
}

TEST_F(ReplTest, FitsATerminalOfTwentyColumnsAndADumbOne) {
  open({}, 20);
  ASSERT_TRUE(answers("select 1;\r", "(1 row)"));
  EXPECT_TRUE(exits(leave(), 0));
  open({}, 80, {{"TERM", "dumb"}});
  ASSERT_TRUE(answers("select 41 + 1;\r", "42"));
  EXPECT_TRUE(lacks(process->mark(), "\033"));
  EXPECT_TRUE(exits(leave(), 0));
}

TEST_F(ReplTest, RemembersWhatWasTyped) {
  open();
  ASSERT_TRUE(answers("select 'first' ||\r", "-> "));
  ASSERT_TRUE(answers(" 'line';\r", "firstline"));
  EXPECT_TRUE(exits(leave(), 0));
  open();
  ASSERT_TRUE(answers("\033[A", "select 'first' ||"));
  ASSERT_TRUE(answers("\r", "firstline"));
  EXPECT_TRUE(exits(leave(), 0));
  struct stat state {};
  ASSERT_EQ(::stat(project.path("home/.local/state/tide/history").c_str(), &state), 0);
}

TEST_F(ReplTest, GoesOnWithoutAHomeOrAHistory) {
  open({}, 120, {{"HOME", "/proc/nowhere"}});
  ASSERT_TRUE(answers("select 42;\r", "42"));
  EXPECT_TRUE(exits(leave(), 0));
  EXPECT_TRUE(exits(piped("select 1;", {}, {{"HOME", ""}}), 0));
}

TEST_F(ReplTest, AProtectedEnvironmentIsReadOnlyAndSaysSo) {
  project.tide({"query", "CREATE TABLE t (n integer)"});
  configure("protected = true\n");
  open();
  EXPECT_TRUE(contains(process->mark(), "read-only"));
  ASSERT_TRUE(answers("insert into t values (1);\r", "read-only transaction"));
  ASSERT_TRUE(answers("db:execute 'insert into t values (1)'\r", "read-only transaction"));
  ASSERT_TRUE(answers("db:connect('production'):execute 'insert into t values (1)'\r", "read-only transaction"));
  ASSERT_TRUE(answers("shell.sh 'touch made'\r", "off in this read-only session"));
  ASSERT_TRUE(answers("begin;\r", "ro*"));
  ASSERT_TRUE(answers("select 1/0;\r", "ro!"));
  ASSERT_TRUE(answers("rollback;\r", "ro="));
  EXPECT_TRUE(exits(leave(), 0));
  EXPECT_EQ(project.value("SELECT count(*) FROM t"), "0");
}

TEST_F(ReplTest, AWriteShowsItsRowsAndAsksBeforeCommit) {
  project.tide(
      {"query", "CREATE TABLE t (id integer PRIMARY KEY, n integer); INSERT INTO t VALUES (1, 10), (2, 20), (3, 30)"});
  configure("protected = true\n");
  open({"--write", "ticket 7", "--confirm", "production"});
  ASSERT_TRUE(answers("update t set n = 11 where id = 1; delete from t where id = 2;\r", "DELETE 1"));
  ASSERT_TRUE(answers("insert into t values (4, 40); select nope;\r", "does not exist"));
  ASSERT_TRUE(answers("\\commit\r", "COMMIT these changes?"));
  const std::string shown = process->mark();
  for (const char* part : {"~ id=1", "n: 10 -> 11", "- id=2 n=20", "+ id=4 n=40"}) EXPECT_TRUE(contains(shown, part));
  EXPECT_TRUE(lacks(shown, "id=3"));
  EXPECT_EQ(project.value("SELECT sum(n) FROM t"), "60");
  ASSERT_TRUE(answers("yes\r", "committed"));
  EXPECT_EQ(project.value("SELECT sum(n) FROM t"), "81");
  ASSERT_TRUE(answers("update t set n = 0;\r", "UPDATE 3"));
  ASSERT_TRUE(answers("\\q\r", "COMMIT these changes?"));
  process->type("no\r");
  EXPECT_TRUE(exits(process->wait(), 0));
  EXPECT_EQ(project.value("SELECT sum(n) FROM t"), "81");
}

TEST_F(ReplTest, AWriteFromAPipeNeedsYes) {
  project.tide({"query", "CREATE TABLE t (n integer)"});
  EXPECT_TRUE(exits(piped("insert into t values (1);\n", {"--write", "why"}), 6));
  EXPECT_EQ(project.value("SELECT count(*) FROM t"), "0");
  EXPECT_TRUE(exits(piped("insert into t values (1);\nselect nope;\n", {"--write", "why", "--yes"}), 1));
  EXPECT_EQ(project.value("SELECT count(*) FROM t"), "0");
  EXPECT_TRUE(exits(piped("insert into t values (1);\n", {"--write", "why", "--yes"}), 0));
  EXPECT_EQ(project.value("SELECT count(*) FROM t"), "1");
}

TEST_F(ReplTest, ASandboxKeepsNothing) {
  project.tide({"query", "CREATE TABLE t (n integer)"});
  open({"--sandbox"});
  ASSERT_TRUE(answers("insert into t values (1);\r", "INSERT 1"));
  ASSERT_TRUE(answers("\\copy t from none.csv\r", "cannot read \"none.csv\""));
  ASSERT_TRUE(answers("select count(*) + 41 from t;\r", "42"));
  ASSERT_TRUE(answers("commit;\r", "nothing was kept"));
  ASSERT_TRUE(answers("db:execute 'insert into t values (2)'\r", "1\r\n"));
  EXPECT_TRUE(exits(leave(), 0));
  EXPECT_EQ(project.value("SELECT count(*) FROM t"), "0");
}

TEST_F(ReplTest, IsAuditedByAConnectionOfItsOwn) {
  project.write("migrations/1_a.lua", creates("a"));
  configure("protected = true\n");
  ASSERT_TRUE(exits(project.tide({"up", "--confirm", "production"}), 0));
  open({"--write", "ticket 7", "--confirm", "production"});
  ASSERT_TRUE(answers("insert into a values (1);\r", "INSERT 1"));
  ASSERT_TRUE(answers("rollback;\r", "rolled back"));
  EXPECT_TRUE(exits(leave(), 0));
  EXPECT_EQ(project.value("SELECT string_agg(event, ', ' ORDER BY id) FROM tide.events WHERE event LIKE 'repl%'"),
            "repl opened, repl line, repl line, repl line, repl closed");
  EXPECT_TRUE(contains(project.value("SELECT detail FROM tide.events WHERE event = 'repl opened'"), "ticket 7"));
  EXPECT_TRUE(contains(project.tide({"history"}).out, "repl opened"));
  const std::string file = project.read("home/.local/state/tide/audit/production.jsonl");
  EXPECT_TRUE(contains(file, "insert into a values (1)"));
}

TEST_F(ReplTest, ALostConnectionIsNoticedAndOpenedAgain) {
  open();
  project.value(
      "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'tide' AND "
      "datname = current_database() AND pid <> pg_backend_pid()");
  ASSERT_TRUE(answers("select 1;\r", "Reconnect?"));
  ASSERT_TRUE(answers("y\r", "connected to"));
  ASSERT_TRUE(answers("select 40 + 2;\r", "42"));
  EXPECT_TRUE(exits(leave(), 0));
}

TEST_F(ReplTest, EndsWhenItsTerminalGoes) {
  open();
  process->signal(SIGHUP);
  const Outcome outcome = process->wait();
  EXPECT_FALSE(outcome.timed_out);
}

TEST_F(ReplTest, PsqlsCommandsWork) {
  project.tide({"query",
                "CREATE TABLE users (id integer PRIMARY KEY, email text UNIQUE CHECK (email <> '')); CREATE TABLE o "
                "(id integer PRIMARY KEY, user_id integer REFERENCES users); CREATE VIEW v AS SELECT id FROM users; "
                "CREATE FUNCTION twice(n integer) RETURNS integer LANGUAGE sql AS 'SELECT n * 2'"});
  const Outcome outcome = piped(
      "\\d users\n\\d v\n\\dt\n\\di+\n\\df twice\n\\dn\n\\du\n\\l\n\\dx\n\\x on\nselect 1 as one;\n\\x off\n\\timing "
      "on\nselect "
      "2;\n\\timing off\n\\conninfo\n\\explain select * from users where id = 1\n\\chart select 'a', 3 union select "
      "'b', 6\n"
      "\\limit 1\nselect generate_series(1, 3);\n\\copy (select 1 as n, 'x,y' as t) to out.csv\n\\o rows.json\nselect "
      "7 as "
      "n;\n\\o\n\\save done.lua\n\\?\n");
  EXPECT_TRUE(exits(outcome, 0)) << outcome.all();
  for (const char* part : {"Table public.users", "users_pkey PRIMARY KEY, btree (id)",
                           "UNIQUE CONSTRAINT, btree (email)", "users_email_check CHECK", "Referenced by:",
                           "TABLE o CONSTRAINT o_user_id_fkey FOREIGN KEY", "View definition:", "twice", "n integer",
                           "postgres", "-[ row 1 ]", "as postgres", "<-- ", "b  6  ██", "\\watch [SECONDS]"}) {
    EXPECT_TRUE(contains(outcome.out, part));
  }
  EXPECT_TRUE(contains(outcome.err, "Time: "));
  EXPECT_TRUE(contains(outcome.err, "first 1 row only"));
  EXPECT_EQ(project.read("out.csv"), "n,t\n1,\"x,y\"\n");
  EXPECT_EQ(Json::parse(project.read("rows.json")), Json::parse(R"([{"n":7}])"));
  EXPECT_TRUE(contains(project.read("done.lua"), "db:query [[select 7 as n]]"));
  EXPECT_TRUE(exits(project.tide({"run", "done.lua"}), 0));
  EXPECT_TRUE(exits(piped("create table made (n integer);\n\\save migrations/20300101000000_made.lua\n"), 0));
  project.tide({"query", "DROP TABLE made"});
  EXPECT_TRUE(exits(project.tide({"up"}), 0));
  EXPECT_TRUE(contains(project.tables(), "made"));
}

TEST_F(ReplTest, CopyFromAFileLoadsItsRows) {
  project.tide({"query", "CREATE TABLE t (id integer, note text)"});
  project.write("in.csv", "id,note\n1,\"a\nb\"\n2,\n3,\"\"\n");
  const Outcome outcome = piped("\\copy t from 'in.csv'\nselect count(*) * 10 + count(note) as n from t;");
  EXPECT_TRUE(exits(outcome, 0)) << outcome.all();
  EXPECT_TRUE(contains(outcome.out, "32"));
}

TEST_F(ReplTest, AFileIsReadAsIfItWereTyped) {
  project.write("more.sql", "select 40 + 2 as n;\nx = 5\n");
  EXPECT_TRUE(contains(piped("\\i more.sql\nx * 2\n").out, "10"));
  project.write("bad.sql", "select 1;\nselect nope;\nselect 2;\n");
  const Outcome outcome = piped("\\i bad.sql\nselect 3;\n");
  EXPECT_TRUE(exits(outcome, 1));
  EXPECT_TRUE(lacks(outcome.out, "3\n"));
}

TEST_F(ReplTest, WatchRunsAgainUntilCtrlC) {
  open();
  process->mark();
  process->type("select 6 * 7 as n \\watch 0.2\r");
  ASSERT_TRUE(process->wait_for("42"));
  process->mark();
  ASSERT_TRUE(process->wait_for("42"));
  ASSERT_TRUE(answers("\x03", "cancelled"));
  EXPECT_TRUE(exits(leave(), 0));
}

TEST_F(ReplTest, TheEditorsTextIsRun) {
  project.write("editor.sh", "#!/bin/sh\necho 'select 6 * 7 as edited;' > \"$1\"\n");
  ::chmod(project.path("editor.sh").c_str(), 0755);
  open({}, 120, {{"EDITOR", project.path("editor.sh")}});
  ASSERT_TRUE(answers("\\e\r", "     42"));
  EXPECT_TRUE(exits(leave(), 0));
}

TEST_F(ReplTest, LongResultsAreCutAndPaged) {
  open({}, 120, {{"PAGER", "sed 's/^/paged /'"}});
  ASSERT_TRUE(answers("select generate_series(1, 1000000);\r", "first 1,000 rows only"));
  EXPECT_TRUE(contains(process->mark(), "paged "));
  EXPECT_TRUE(exits(leave(), 0));
}

TEST_F(ReplOnSqlite, HasItsOwnAnswers) {
  project.tide({"query",
                "CREATE TABLE users (id integer PRIMARY KEY, email text UNIQUE); CREATE TABLE o (id integer PRIMARY "
                "KEY, user_id integer REFERENCES users); CREATE VIEW v AS SELECT id FROM users"});
  const Outcome outcome =
      piped("\\d users\n\\d v\n\\dt\n\\di\n\\dv\n\\l\n\\explain select * from users where id = 1\nselect 42 as n;\n");
  EXPECT_TRUE(exits(outcome, 0)) << outcome.all();
  for (const char* part : {"table users", "Referenced by:", "o (user_id)", "View definition:", "SEARCH users", "42"}) {
    EXPECT_TRUE(contains(outcome.out, part));
  }
  EXPECT_TRUE(exits(piped("\\du\n"), 2));
  EXPECT_TRUE(exits(piped("insert into users values (1, 'a');\n", {"--read-only"}), 1));
}

TEST_F(ReplOnSqlite, AWriteShowsItsRows) {
  project.tide({"query", "CREATE TABLE t (id integer PRIMARY KEY, n integer); INSERT INTO t VALUES (1, 10), (2, 20)"});
  const Outcome outcome =
      piped("update t set n = 11 where id = 1;\ndelete from t where id = 2;\ninsert into t values (3, 30);\n",
            {"--write", "why", "--yes"});
  EXPECT_TRUE(exits(outcome, 0)) << outcome.all();
  for (const char* part : {"~ id=1", "n: 10 -> 11", "- id=2 n=20", "+ id=3 n=30"}) {
    EXPECT_TRUE(contains(outcome.out, part));
  }
  EXPECT_EQ(project.value("SELECT sum(n) FROM t"), "41");
}

TEST_F(ReplOnSqlite, ASandboxKeepsNothing) {
  project.tide({"query", "CREATE TABLE t (n integer)"});
  EXPECT_TRUE(exits(piped("insert into t values (1);\nselect 1/0;\n", {"--sandbox"}), 0));
  EXPECT_EQ(project.value("SELECT count(*) FROM t"), "0");
}

TEST_F(ReplOnSqlite, SaysWhatIsWrongWithWhatItGot) {
  EXPECT_TRUE(contains(piped("\\timin\n").err, "did you mean \\timing"));
  EXPECT_TRUE(exits(piped("select 'open\n"), 1));
  EXPECT_TRUE(exits(piped("for i = 1 do\n"), 2));
  EXPECT_TRUE(exits(piped("select 1 \\gy\n"), 2));
  EXPECT_TRUE(exits(piped(std::string("select '") + std::string(10 << 20, 'x') + "' = '' as n;\n"), 0));
  EXPECT_TRUE(exits(piped(std::string("\0\x01\xff\xfe binary\n", 11)), 2));
  EXPECT_TRUE(exits(piped("select 1;", {"--sandbox", "--write", "x"}), 2));
}

}  // namespace
}  // namespace tide::test
