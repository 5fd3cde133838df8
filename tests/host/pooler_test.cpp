#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "migrate/history.h"
#include "migrate/lock.h"
#include "support/databases.h"
#include "support/pgbouncer.h"

namespace tide {
namespace {

using test::query_value;
using test::raised;
using test::sql;

LockOptions options_of(const char* run, const EventStream* events = nullptr) {
  LockOptions options;
  options.run = run;
  options.who = "ann";
  options.host = "box";
  options.timeout_ms = 0;
  options.events = events;
  return options;
}

// A database, and the same one behind a pooler; db() is the direct connection.
class PoolerTest : public test::PostgresTest {
 protected:
  void SetUp() override {
    if (!test::PgBouncer::installed()) GTEST_SKIP() << "pgbouncer is not installed";
  }
  void start(test::PgBouncerOptions options = {}) {
    pooler_ = std::make_unique<test::PgBouncer>(test::shared_cluster(), std::move(options));
  }
  std::string url() const { return pooler_->url(const_cast<PoolerTest*>(this)->db().info().database); }
  std::unique_ptr<Connection> pooled(const ConnectOptions& options = {}) const {
    return open_connection(url(), options);
  }
  // A connection to the pooler that keeps a server connection to itself until it goes.
  std::unique_ptr<Connection> guest(const std::string& setting = "") const {
    auto connection = pooled();
    connection->begin();
    connection->execute(setting.empty() ? "SELECT 1" : setting);
    return connection;
  }
  void end_lock_session() {
    execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name LIKE 'tide lock run-1%' "
        "AND datname = current_database()");
  }

 private:
  std::unique_ptr<test::PgBouncer> pooler_;
};

class BehindPooler : public PoolerTest, public testing::WithParamInterface<const char*> {
 protected:
  void SetUp() override {
    PoolerTest::SetUp();
    if (!IsSkipped()) start({GetParam(), 20, {}});
  }
};
INSTANTIATE_TEST_SUITE_P(Mode, BehindPooler, testing::Values("transaction", "session"),
                         [](const auto& parameter) { return std::string(parameter.param); });

TEST_P(BehindPooler, a_connection_knows_it) {
  EXPECT_TRUE(pooled()->pooled());
  EXPECT_FALSE(db().pooled());
}

TEST_P(BehindPooler, the_lock_is_held_by_one_at_a_time_whoever_comes_through_the_pooler) {
  const auto through = pooled();
  {
    MigratorLock lock(*through, options_of("run-1"));
    EXPECT_TRUE(lock.held());
    const Error direct = raised([&] { MigratorLock second(db(), options_of("run-2")); });
    EXPECT_EQ(direct.kind, ErrorKind::kLock);
    EXPECT_NE(direct.message.find("\"tide lock run-1 ann@box\", since "), std::string::npos) << direct.message;
    EXPECT_EQ(raised([&] { MigratorLock second(*through, options_of("run-3")); }).kind, ErrorKind::kLock);
    EXPECT_TRUE(lock.held());
  }
  MigratorLock direct(db(), options_of("run-4"));
  EXPECT_EQ(raised([&] { MigratorLock second(*through, options_of("run-5")); }).kind, ErrorKind::kLock);
}

TEST_P(BehindPooler, the_lock_says_once_that_it_is_another_one) {
  const auto through = pooled();
  std::vector<std::string> warnings;
  EventStream events;
  events.add([&](const Event& event) {
    if (event.kind == Event::Kind::kWarning) warnings.push_back(event.text);
  });
  { MigratorLock direct(db(), options_of("run-1", &events)); }
  EXPECT_TRUE(warnings.empty());
  { MigratorLock lock(*through, options_of("run-2", &events)); }
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_NE(warnings[0].find("behind a connection pooler: session locks do not hold there, a transaction lock is used"),
            std::string::npos)
      << warnings[0];
}

TEST_P(BehindPooler, the_lock_is_lost_with_its_server_session) {
  const auto through = pooled();
  MigratorLock lock(*through, options_of("run-1"));
  end_lock_session();
  EXPECT_FALSE(lock.held());
  EXPECT_NO_THROW(MigratorLock(db(), options_of("run-2")));
}

TEST_P(BehindPooler, the_lock_outlives_the_servers_timeout_for_idle_transactions) {
  execute("ALTER DATABASE " + db().info().database + " SET idle_in_transaction_session_timeout = '200ms'");
  const auto through = pooled();
  MigratorLock lock(*through, options_of("run-1"));
  std::this_thread::sleep_for(std::chrono::milliseconds(600));
  EXPECT_TRUE(lock.held());
}

TEST_P(BehindPooler, the_lock_does_not_hold_up_an_index_that_is_built_concurrently) {
  const auto through = pooled();
  through->execute("CREATE TABLE t (a int)");
  MigratorLock lock(*through, options_of("run-1"));
  EXPECT_TRUE(lock.held());
  EXPECT_EQ(value("SELECT backend_xmin IS NULL AND backend_xid IS NULL AND state = 'idle in transaction' FROM "
                  "pg_stat_activity WHERE application_name LIKE 'tide lock run-1%'"),
            Value(true));
  execute("SET statement_timeout = '2s'");
  EXPECT_NO_THROW(execute("CREATE INDEX CONCURRENTLY t_a ON t (a)"));
  EXPECT_NO_THROW(through->execute("CREATE INDEX CONCURRENTLY t_b ON t (a)"));
}

TEST_P(BehindPooler, parameters_whose_types_must_be_asked_for_arrive) {
  const auto through = pooled();
  through->execute("CREATE TABLE t (b bytea, s text)");
  // the next statement of `through` meets another server session than the one before
  const auto other = guest();
  through->execute(sql("INSERT INTO t VALUES ($1, $2)", std::string("a\\b"), std::string("c\\d")));
  through->begin();
  through->execute(sql("INSERT INTO t VALUES ($1, $2)", std::string("\0x", 2), std::string("y")));
  through->commit();
  EXPECT_EQ(value("SELECT string_agg(encode(b, 'hex') || ' ' || s, ', ' ORDER BY s) FROM t"),
            Value("615c62 c\\d, 0078 y"));
}

TEST_P(BehindPooler, a_statement_whose_types_cannot_be_known_leaves_the_connection_usable) {
  const auto through = pooled();
  EXPECT_EQ(raised([&] { through->query(sql("SELECT * FROM missing WHERE a = $1", std::string("a\\b"))); }).sqlstate,
            "42P01");
  EXPECT_EQ(query_value(*through, "SELECT 7"), Value(7));
  through->begin();
  EXPECT_EQ(raised([&] { through->query(sql("SELECT * FROM missing WHERE a = $1", std::string("a\\b"))); }).sqlstate,
            "42P01");
  EXPECT_EQ(through->transaction_state(), TransactionState::kFailed);
  through->rollback();
  EXPECT_EQ(query_value(*through, "SELECT 8"), Value(8));
}

TEST_P(BehindPooler, what_a_transaction_has_set_is_put_back_before_it_commits) {
  execute("CREATE ROLE app_of_" + db().info().database);
  const auto through = pooled();
  const char* shown =
      "SELECT concat_ws(' ', current_setting('search_path'), current_setting('work_mem'), "
      "current_setting('lock_timeout'), current_setting('role'), current_setting('session_authorization'))";
  through->execute("SET work_mem = '7MB'");
  TransactionOptions options;
  options.managed = true;
  options.lock_timeout = "3s";
  const Value before = query_value(*through, shown);
  through->begin(options);
  EXPECT_EQ(query_value(*through, "SHOW lock_timeout"), Value("3s"));
  through->execute("SELECT set_config('search_path', '', false)");
  through->execute("SET lock_timeout = '9s'");
  through->execute("RESET work_mem");
  through->execute("SET ROLE app_of_" + db().info().database);
  through->commit();
  EXPECT_EQ(query_value(*through, shown), before);
  execute("DROP ROLE app_of_" + db().info().database);
}

// Counts to `rows` while other statements run and others take server connections away.
void count_through(Connection& connection, const std::function<void()>& meanwhile, std::int64_t rows) {
  const auto cursor = connection.stream("SELECT i FROM generate_series(1, " + std::to_string(rows) + ") i");
  std::int64_t sum = 0;
  for (std::int64_t seen = 0; cursor->next(); ++seen) {
    if (seen == 100) meanwhile();
    sum += cursor->cell(0).integer;
  }
  EXPECT_EQ(sum, rows * (rows + 1) / 2);
}

TEST_P(BehindPooler, rows_are_read_inside_and_outside_of_a_transaction) {
  const auto through = pooled();
  std::vector<std::unique_ptr<Connection>> guests;
  const auto meanwhile = [&] {
    guests.push_back(guest());
    through->execute("SELECT 1");
  };
  count_through(*through, meanwhile, 5000);
  through->begin();
  count_through(*through, meanwhile, 5000);
  through->commit();
}

TEST_P(BehindPooler, reading_rows_leaves_no_cursor_and_no_setting_behind) {
  const auto through = pooled();
  count_through(
      *through, [] {}, 1000);
  through->begin();
  count_through(
      *through, [] {}, 1000);
  through->commit();
  EXPECT_EQ(query_value(*through, "SHOW cursor_tuple_fraction"), Value("0.1"));
  EXPECT_EQ(query_value(*through, "SELECT count(*) FROM pg_cursors"), Value(0));
}

TEST_P(BehindPooler, a_reset_takes_a_new_session_and_old_cursors_end) {
  const auto through = pooled();
  through->begin();
  const auto cursor = through->stream("SELECT i FROM generate_series(1, 100000) i");
  EXPECT_TRUE(cursor->next());
  through->rollback();
  through->reset_session();
  cursor->close();
  EXPECT_EQ(query_value(*through, "SELECT 1"), Value(1));
  EXPECT_EQ(through->transaction_state(), TransactionState::kIdle);
}

TEST_P(BehindPooler, an_interrupt_after_a_reset_reaches_the_new_session) {
  const auto through = pooled();
  through->reset_session();
  std::thread canceller([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    through->interrupt();
  });
  EXPECT_EQ(raised([&] { through->query("SELECT pg_sleep(20)"); }).kind, ErrorKind::kInterrupted);
  canceller.join();
}

TEST_P(BehindPooler, a_server_session_that_ends_in_a_transaction_is_a_lost_connection) {
  const auto through = pooled();
  through->begin();
  const Value process = query_value(*through, "SELECT pg_backend_pid()");
  execute(sql("SELECT pg_terminate_backend($1, 5000)", std::get<std::int64_t>(process.data)));
  const Error error = raised([&] { through->commit(); });
  EXPECT_EQ(error.kind, ErrorKind::kConnect) << error.message;
  EXPECT_EQ(through->transaction_state(), TransactionState::kLost);
}

TEST_P(BehindPooler, a_server_session_that_ends_in_a_statement_is_a_lost_connection) {
  const auto through = pooled();
  through->begin();
  const Value process = query_value(*through, "SELECT pg_backend_pid()");
  std::thread administrator([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    execute(sql("SELECT pg_terminate_backend($1, 5000)", std::get<std::int64_t>(process.data)));
  });
  EXPECT_EQ(raised([&] { through->query("SELECT pg_sleep(20)"); }).kind, ErrorKind::kConnect);
  EXPECT_EQ(through->transaction_state(), TransactionState::kLost);
  administrator.join();
}

TEST_P(BehindPooler, dates_are_iso_whatever_the_database_says) {
  execute("ALTER DATABASE " + db().info().database + " SET datestyle = 'German, DMY'");
  const auto through = pooled();
  EXPECT_EQ(query_value(*through, "SELECT date '2026-11-20'"), Value("2026-11-20"));
  through->reset_session();
  const auto other = guest();
  EXPECT_EQ(query_value(*through, "SELECT date '2026-11-20'"), Value("2026-11-20"));
}

TEST_P(BehindPooler, read_only_is_refused_where_it_cannot_be_had) {
  ConnectOptions options;
  options.read_only = true;
  EXPECT_EQ(raised([&] { pooled(options); }).kind, ErrorKind::kConnect);
}

// Two runs of one machine: the second looks at what the first has recorded.
class PooledHistory : public BehindPooler {
 protected:
  static Actor actor(const char* run) { return {run, "ann", "box"}; }
  static HistoryRecord record() {
    HistoryRecord record;
    record.migration.version = "1";
    record.migration.name = "one";
    return record;
  }
  bool interrupted_for(Connection& connection) { return History(connection, actor("run-2")).load().at(0).interrupted; }
};
INSTANTIATE_TEST_SUITE_P(Mode, PooledHistory, testing::Values("transaction", "session"),
                         [](const auto& parameter) { return std::string(parameter.param); });

TEST_P(PooledHistory, what_runs_is_not_interrupted_while_its_lock_is_held) {
  auto through = pooled();
  History history(*through, actor("run-1"));
  history.ensure();
  auto lock = std::make_unique<MigratorLock>(*through, options_of("run-1"));
  history.record_running_up(record());
  EXPECT_FALSE(interrupted_for(db()));
  EXPECT_FALSE(interrupted_for(*pooled()));
  lock.reset();
  EXPECT_TRUE(interrupted_for(db()));
}

TEST_P(PooledHistory, a_server_session_that_now_serves_others_does_not_keep_it_running) {
  auto through = pooled();
  History history(*through, actor("run-1"));
  history.ensure();
  {
    MigratorLock lock(*through, options_of("run-1"));
    history.record_running_up(record());
  }
  through.reset();
  const auto other = pooled();
  MigratorLock lock(*other, options_of("run-2"));
  std::vector<std::unique_ptr<Connection>> guests;
  for (int i = 0; i < 3; ++i) guests.push_back(guest("SET application_name = 'shop'"));
  EXPECT_TRUE(interrupted_for(db()));
  EXPECT_TRUE(interrupted_for(*other));
}

using PoolerOptions = PoolerTest;

TEST_F(PoolerOptions, types_are_those_of_the_statement_whoever_else_uses_the_one_server_connection) {
  start({"transaction", 1, {}});
  struct Until {
    ~Until() {
      done = true;
      application.join();
    }
    std::atomic<bool> done{false};
    std::thread application;
  } until;
  until.application = std::thread([&, other = pooled()] {
    while (!until.done) query_value(*other, sql("SELECT $1::text", std::string("q\\r")));
  });
  const auto through = pooled();
  for (int i = 0; i < 300; ++i) {
    const Statement ask = sql("SELECT octet_length($1::bytea) + " + std::to_string(i), std::string("a\\b"));
    EXPECT_EQ(query_value(*through, ask), Value(3 + i));
  }
}

TEST_F(PoolerOptions, a_setting_outside_of_a_transaction_is_warned_of) {
  start();
  std::vector<std::string> notices;
  EventStream events;
  events.add([&](const Event& event) {
    if (event.kind == Event::Kind::kNotice) notices.push_back(event.text);
  });
  const auto through = pooled();
  for (Connection* connection : {through.get(), &db()}) connection->set_events(&events);
  for (Connection* connection : {through.get(), &db()}) connection->execute("SET work_mem = '7MB'");
  ASSERT_EQ(notices.size(), 1u);
  EXPECT_EQ(notices[0].rfind("behind a connection pooler a SET outside of a transaction", 0), 0u) << notices[0];
  through->begin();
  through->execute("SET LOCAL work_mem = '8MB'");
  through->rollback();
  EXPECT_EQ(notices.size(), 1u);
}

TEST_F(PoolerOptions, a_reset_leaves_alone_what_the_pooler_has_set_up) {
  start({"transaction", 1, {"ignore_startup_parameters = options"}});
  const auto through = pooled();
  const auto application = pooled();
  application->execute("SET work_mem = '7MB'");
  through->reset_session();
  EXPECT_EQ(query_value(*application, "SHOW work_mem"), Value("7MB"));
}

TEST_F(PoolerOptions, dates_are_iso_and_read_only_is_refused_where_start_up_options_are_dropped) {
  execute("ALTER DATABASE " + db().info().database + " SET datestyle = 'German, DMY'");
  start({"transaction", 20, {"ignore_startup_parameters = options"}});
  EXPECT_EQ(query_value(*pooled(), "SELECT date '2026-11-20'"), Value("2026-11-20"));
  ConnectOptions options;
  options.read_only = true;
  EXPECT_EQ(raised([&] { pooled(options); }).kind, ErrorKind::kConnect);
}

TEST_F(PoolerOptions, a_pooler_that_takes_no_transactions_is_refused_by_the_lock) {
  start({"statement", 20, {}});
  const auto through = pooled();
  EXPECT_TRUE(through->pooled());
  const Error error = raised([&] { MigratorLock lock(*through, options_of("run-1")); });
  EXPECT_EQ(error.kind, ErrorKind::kLock);
  EXPECT_NE(error.message.find("one migrator at a time cannot be ensured: "), std::string::npos) << error.message;
}

}  // namespace
}  // namespace tide
