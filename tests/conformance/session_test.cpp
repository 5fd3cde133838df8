#include <chrono>
#include <thread>

#include "support/databases.h"
#include "support/pg_cluster.h"

namespace tide::test {
namespace {

using namespace std::chrono_literals;

constexpr const char* kEndless =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";

class Session : public EngineTest {
 protected:
  // Runs `action`, interrupts it after 200 ms from another thread, and returns what it raised.
  Error interrupted(const std::function<void()>& action) {
    std::thread other([this] {
      std::this_thread::sleep_for(200ms);
      db().interrupt();
    });
    const auto started = std::chrono::steady_clock::now();
    Error error = raised(action);
    other.join();
    EXPECT_LT(std::chrono::steady_clock::now() - started, 5s);
    return error;
  }
};
TIDE_ON_BOTH_ENGINES(Session);

TEST_P(Session, says_what_it_is_connected_to) {
  const ConnectionInfo& info = db().info();
  EXPECT_EQ(info.engine, GetParam());
  EXPECT_FALSE(info.version.empty());
  EXPECT_GT(info.version_number, postgres() ? 120000 : 3030000);
  EXPECT_NE(database().url().find(info.database), std::string::npos) << info.database;
  EXPECT_EQ(info.user, postgres() ? "postgres" : "");
  EXPECT_FALSE(info.display.empty());
}

TEST_P(Session, interrupts_a_running_query_and_goes_on) {
  EXPECT_EQ(interrupted([&] { db().query(kEndless); }).kind, ErrorKind::kInterrupted);
  EXPECT_EQ(value("SELECT 1"), Value(1));
}

TEST_P(Session, interrupts_a_running_execute_and_a_stream) {
  EXPECT_EQ(interrupted([&] { execute(kEndless); }).kind, ErrorKind::kInterrupted);
  EXPECT_EQ(interrupted([&] { all_rows(*db().stream(kEndless)); }).kind, ErrorKind::kInterrupted);
  EXPECT_EQ(value("SELECT 1"), Value(1));
}

TEST_P(Session, interrupted_in_a_transaction_can_be_rolled_back) {
  execute("CREATE TABLE t (id integer)");
  db().begin();
  execute("INSERT INTO t VALUES (1)");
  EXPECT_EQ(interrupted([&] { execute(std::string("INSERT INTO t ") + kEndless); }).kind, ErrorKind::kInterrupted);
  EXPECT_EQ(db().transaction_state(), TransactionState::kFailed);
  EXPECT_THROW(execute("INSERT INTO t VALUES (2)"), Error);
  db().rollback();
  EXPECT_EQ(db().transaction_state(), TransactionState::kIdle);
  EXPECT_EQ(count("t"), 0);
}

TEST_P(Session, interrupted_while_it_waits_for_a_lock_stops_waiting) {
  execute("CREATE TABLE t (id integer)");
  const auto other = connect();
  other->begin();
  other->execute(postgres() ? "LOCK TABLE t" : "INSERT INTO t VALUES (1)");
  EXPECT_EQ(interrupted([&] { execute("INSERT INTO t VALUES (2)"); }).kind, ErrorKind::kInterrupted);
  other->rollback();
  EXPECT_EQ(execute("INSERT INTO t VALUES (2)"), 1);
}

TEST_P(Session, interrupted_when_nothing_runs_does_not_stop_what_comes_next) {
  db().interrupt();
  EXPECT_EQ(value("SELECT 1"), Value(1));
}

TEST_P(Session, reset_drops_temporary_tables_and_keeps_the_others) {
  make_numbered("kept", 3);
  execute("CREATE TEMP TABLE scratch (id integer)");
  execute("CREATE TEMP VIEW glance AS SELECT * FROM kept");
  db().reset_session();
  EXPECT_EQ(raised([&] { count("scratch"); }).sqlstate, "42P01");
  EXPECT_EQ(raised([&] { count("glance"); }).sqlstate, "42P01");
  EXPECT_EQ(count("kept"), 3);
}

TEST_P(Session, reset_puts_settings_back) {
  if (postgres()) {
    execute("SET search_path = nowhere");
    execute("SET statement_timeout = '7s'");
    db().reset_session();
    EXPECT_EQ(value("SHOW search_path"), Value("\"$user\", public"));
    EXPECT_EQ(value("SHOW statement_timeout"), Value("0"));
  } else {
    execute("PRAGMA foreign_keys = 0");
    execute("PRAGMA query_only = 1");
    db().reset_session();
    EXPECT_EQ(value("PRAGMA foreign_keys"), Value(1));
    EXPECT_EQ(value("PRAGMA query_only"), Value(0));
  }
}

TEST_P(Session, reset_puts_back_what_the_same_text_has_changed_once_more) {
  for (int time = 1; time <= 3; ++time) {
    execute(postgres() ? "SET search_path = nowhere" : "PRAGMA foreign_keys = 0");
    execute("CREATE TEMP TABLE scratch (id integer)");
    db().reset_session();
    EXPECT_EQ(value(postgres() ? "SHOW search_path" : "PRAGMA foreign_keys"),
              postgres() ? Value("\"$user\", public") : Value(1))
        << time;
    EXPECT_EQ(raised([&] { count("scratch"); }).sqlstate, "42P01") << time;
  }
}

TEST_P(Session, reset_finds_what_is_attached_and_what_is_temporary_without_the_word) {
  if (postgres()) GTEST_SKIP() << "it has no ATTACH";
  make_numbered("kept", 3);
  db().reset_session();
  execute("ATTACH ':memory:' AS beside");
  db().reset_session();
  EXPECT_EQ(value("SELECT count(*) FROM pragma_database_list WHERE name = 'beside'"), Value(0));
  execute("CREATE TABLE temp.kept (id integer)");
  db().reset_session();
  EXPECT_EQ(count("kept"), 3);
  execute("CREATE TEMP TRIGGER watch AFTER INSERT ON kept BEGIN DELETE FROM kept; END");
  db().reset_session();
  execute("INSERT INTO kept VALUES (4, 'd')");
  EXPECT_EQ(count("kept"), 4);
}

TEST_P(Session, a_transaction_that_is_rolled_back_does_not_undo_the_reset_before_it) {
  if (!postgres()) GTEST_SKIP() << "its settings are no part of a transaction";
  execute("SET search_path = nowhere");
  execute("CREATE TEMP TABLE scratch (id integer)");
  execute("SELECT pg_advisory_lock(7)");
  db().reset_session();
  db().begin();
  EXPECT_EQ(value("SHOW search_path"), Value("\"$user\", public"));
  db().rollback();
  EXPECT_EQ(value("SHOW search_path"), Value("\"$user\", public"));
  EXPECT_EQ(value("SELECT to_regclass('scratch')"), Value(Null()));
  EXPECT_EQ(value("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"), Value(0));
}

TEST_P(Session, reset_inside_a_transaction_is_refused) {
  db().begin();
  EXPECT_THROW(db().reset_session(), Error);
  EXPECT_EQ(db().transaction_state(), TransactionState::kOpen);
  db().rollback();
  db().reset_session();
}

TEST_P(Session, clone_is_another_session_with_the_same_database) {
  make_numbered("t", 2);
  const auto twin = db().clone();
  EXPECT_EQ(twin->info().database, db().info().database);
  EXPECT_EQ(twin->info().display, db().info().display);
  EXPECT_EQ(query_value(*twin, "SELECT count(*) FROM t"), Value(2));
  db().begin();
  execute("INSERT INTO t VALUES (3, 'mine')");
  EXPECT_EQ(twin->transaction_state(), TransactionState::kIdle);
  EXPECT_EQ(query_value(*twin, "SELECT count(*) FROM t"), Value(2));
  db().rollback();
}

TEST_P(Session, that_only_reads_refuses_every_write) {
  make_numbered("t", 2);
  ConnectOptions options;
  options.read_only = true;
  const auto reader = connect(options);
  EXPECT_TRUE(reader->read_only());
  EXPECT_FALSE(db().read_only());
  EXPECT_EQ(query_value(*reader, "SELECT count(*) FROM t"), Value(2));
  for (const char* text :
       {"INSERT INTO t VALUES (9, 'x')", "DELETE FROM t", "DROP TABLE t", "CREATE TABLE x (id integer)"}) {
    EXPECT_EQ(raised([&] { reader->execute(text); }).sqlstate, "25006") << text;
  }
  EXPECT_TRUE(reader->clone()->read_only());
  EXPECT_EQ(count("t"), 2);
}

TEST_P(Session, that_only_reads_stays_so_after_a_transaction_and_a_reset) {
  make_numbered("t", 2);
  ConnectOptions options;
  options.read_only = true;
  const auto reader = connect(options);
  reader->begin();
  reader->commit();
  reader->reset_session();
  EXPECT_TRUE(reader->read_only());
  EXPECT_EQ(raised([&] { reader->execute("DELETE FROM t"); }).sqlstate, "25006");
}

class PostgresSessions : public PostgresTest {
 protected:
  void lose_connection() {
    shared_cluster().terminate(static_cast<int>(std::get<std::int64_t>(value("SELECT pg_backend_pid()").data)));
  }
};

TEST_F(PostgresSessions, that_are_lost_say_so_and_never_reconnect_silently) {
  execute("CREATE TABLE t (id integer)");
  lose_connection();
  EXPECT_EQ(raised([&] { execute("INSERT INTO t VALUES (1)"); }).kind, ErrorKind::kConnect);
  EXPECT_EQ(db().transaction_state(), TransactionState::kLost);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(raised([&] { execute("SELECT 1"); }).kind, ErrorKind::kConnect);
  EXPECT_EQ(raised([&] { db().begin(); }).kind, ErrorKind::kConnect);
  EXPECT_EQ(db().transaction_state(), TransactionState::kLost);
}

TEST_F(PostgresSessions, that_are_lost_in_a_transaction_or_a_stream_end_without_a_crash) {
  db().begin();
  const auto cursor = db().stream("SELECT * FROM generate_series(1, 1000000)");
  ASSERT_TRUE(cursor->next());
  const auto copy = [&] { return db().clone(); }();
  lose_connection();
  EXPECT_EQ(raised([&] {
              while (cursor->next()) {
              }
            }).kind,
            ErrorKind::kConnect);
  EXPECT_THROW(db().commit(), Error);
  EXPECT_EQ(db().transaction_state(), TransactionState::kLost);
  EXPECT_EQ(query_value(*copy, "SELECT 1"), Value(1));
}

TEST_F(PostgresSessions, interrupt_what_sleeps_on_the_server) {
  std::thread other([this] {
    std::this_thread::sleep_for(200ms);
    db().interrupt();
  });
  const Error error = raised([&] { execute("SELECT pg_sleep(30)"); });
  other.join();
  EXPECT_EQ(error.kind, ErrorKind::kInterrupted);
}

TEST_F(PostgresSessions, name_themselves_to_the_server) {
  ConnectOptions options;
  options.application_name = "tide test";
  EXPECT_EQ(query_value(*database().connect(options), "SHOW application_name"), Value("tide test"));
}

TEST_F(PostgresSessions, reset_the_role) {
  execute("CREATE ROLE conformance_role");
  execute("SET ROLE conformance_role");
  db().reset_session();
  EXPECT_EQ(value("SELECT current_user::text"), Value("postgres"));
  execute("DROP ROLE conformance_role");
}

class SqliteSessions : public SqliteTest {};

TEST_F(SqliteSessions, enforce_foreign_keys_unless_the_url_says_no) {
  EXPECT_EQ(value("PRAGMA foreign_keys"), Value(1));
  EXPECT_EQ(query_value(*open_connection(database().url() + "?foreign_keys=off"), "PRAGMA foreign_keys"), Value(0));
}

TEST_F(SqliteSessions, leave_the_journal_mode_as_it_is) {
  EXPECT_EQ(value("PRAGMA journal_mode"), Value("delete"));
  execute("PRAGMA journal_mode = wal");
  EXPECT_EQ(query_value(*database().connect(), "PRAGMA journal_mode"), Value("wal"));
}

TEST_F(SqliteSessions, wait_for_a_lock_as_long_as_the_url_says) {
  execute("CREATE TABLE t (id integer)");
  db().begin();
  execute("INSERT INTO t VALUES (1)");
  const auto other = open_connection(database().url() + "?busy_timeout=300");
  const auto started = std::chrono::steady_clock::now();
  const Error error = raised([&] { other->execute("INSERT INTO t VALUES (2)"); });
  EXPECT_EQ(error.sqlstate, "55P03");
  EXPECT_EQ(error.detail, "SQLITE_BUSY");
  const auto waited = std::chrono::steady_clock::now() - started;
  EXPECT_GE(waited, 290ms);
  EXPECT_LT(waited, 3s);
}

TEST_F(SqliteSessions, get_the_lock_when_it_is_given_up_in_time) {
  execute("CREATE TABLE t (id integer)");
  db().begin();
  execute("INSERT INTO t VALUES (1)");
  std::thread other([this] { EXPECT_EQ(database().connect()->execute("INSERT INTO t VALUES (2)"), 1); });
  std::this_thread::sleep_for(200ms);
  db().commit();
  other.join();
  EXPECT_EQ(value("SELECT count(*) FROM t"), Value(2));
}

TEST_F(SqliteSessions, with_a_stale_snapshot_fail_as_a_serialization_failure) {
  execute("PRAGMA journal_mode = wal");
  execute("CREATE TABLE t (id integer)");
  db().begin();
  value("SELECT count(*) FROM t");
  database().connect()->execute("INSERT INTO t VALUES (1)");
  EXPECT_EQ(raised([&] { execute("INSERT INTO t VALUES (2)"); }).sqlstate, "40001");
  db().rollback();
}

TEST_F(SqliteSessions, in_memory_cannot_be_cloned_and_say_why) {
  const auto memory = open_connection("sqlite::memory:");
  EXPECT_EQ(memory->info().database, ":memory:");
  memory->execute("CREATE TABLE t (id integer)");
  EXPECT_EQ(memory->execute("INSERT INTO t VALUES (1)"), 1);
  const Error error = raised([&] { memory->clone(); });
  EXPECT_NE(error.message.find("memory"), std::string::npos) << error.message;
}

TEST_F(SqliteSessions, reset_detaches_what_was_attached) {
  execute("ATTACH ':memory:' AS other");
  execute("CREATE TABLE other.t (id integer)");
  db().reset_session();
  EXPECT_EQ(raised([&] { value("SELECT count(*) FROM other.t"); }).sqlstate, "42P01");
}

}  // namespace
}  // namespace tide::test
