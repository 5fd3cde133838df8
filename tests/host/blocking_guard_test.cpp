#include "migrate/blocking_guard.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "support/databases.h"

namespace tide {
namespace {

using std::chrono::milliseconds;
using test::query_value;
using test::raised;

class BlockingGuardTest : public test::PostgresTest {
 protected:
  BlockingGuardTest() {
    execute("CREATE TABLE t (n integer)");
    backend_ = static_cast<int>(std::get<std::int64_t>(value("SELECT pg_backend_pid()").data));
  }
  ~BlockingGuardTest() override {
    for (std::thread& thread : others_) thread.join();
  }
  // A session that waits for `t` until it is free.
  void let_wait() {
    others_.emplace_back([session = database().connect().release()] {
      const std::unique_ptr<Connection> owned(session);
      owned->execute("SELECT count(*) FROM t");
    });
  }
  void lock_with_waiters(int waiters) {
    db().begin();
    execute("LOCK TABLE t");
    for (int i = 0; i < waiters; ++i) let_wait();
  }
  static bool becomes(const std::function<bool()>& condition, milliseconds patience = milliseconds(5000)) {
    for (auto left = patience; left.count() > 0; left -= milliseconds(10)) {
      if (condition()) return true;
      std::this_thread::sleep_for(milliseconds(10));
    }
    return condition();
  }

  int backend_ = 0;
  std::vector<std::thread> others_;
};

TEST_F(BlockingGuardTest, sees_who_waits_for_a_session_also_behind_others) {
  lock_with_waiters(2);
  const auto observer = database().connect();
  EXPECT_TRUE(becomes([&] { return look_at_blocking(*observer, backend_).blocked.size() == 2; }));
  const BlockingSight sight = look_at_blocking(*observer, backend_);
  EXPECT_FALSE(sight.active);
  EXPECT_EQ(sight.waits_for, "");
  const std::vector<std::string> people = waiters(*observer, sight.blocked);
  ASSERT_EQ(people.size(), 2u);
  EXPECT_NE(people[0].find(" waits for AccessShareLock on t: SELECT count(*) FROM t"), std::string::npos) << people[0];
  db().rollback();
}

TEST_F(BlockingGuardTest, says_of_a_row_lock_which_table_it_is_in) {
  execute("INSERT INTO t VALUES (1)");
  db().begin();
  execute("UPDATE t SET n = 2");
  const auto other = database().connect();
  std::thread writer([&] { other->execute("UPDATE t SET n = 3"); });
  const auto observer = database().connect();
  EXPECT_TRUE(becomes([&] { return !look_at_blocking(*observer, backend_).blocked.empty(); }));
  const std::vector<std::string> people = waiters(*observer, look_at_blocking(*observer, backend_).blocked);
  EXPECT_NE(people.at(0).find(" waits for ShareLock on a row of t: "), std::string::npos) << people[0];
  db().rollback();
  writer.join();
}

TEST_F(BlockingGuardTest, cancels_what_blocks_too_many_for_too_long) {
  BlockingGuard guard(db());
  lock_with_waiters(2);
  guard.watch(backend_, {1, 100}, false);
  EXPECT_EQ(raised([&] { execute("SELECT pg_sleep(20)"); }).sqlstate, "57014");
  guard.rest();
  db().rollback();
  ASSERT_TRUE(guard.blocking().has_value());
  EXPECT_EQ(guard.blocking()->sessions, 2);
  EXPECT_GE(guard.blocking()->ms, 100);
  EXPECT_LT(guard.blocking()->ms, 2000);
  EXPECT_EQ(guard.blocking()->waited_for, "");
}

TEST_F(BlockingGuardTest, does_not_cancel_while_it_is_paused_or_at_rest) {
  BlockingGuard guard(db());
  lock_with_waiters(2);
  guard.watch(backend_, {0, 50}, true);
  guard.pause();
  EXPECT_NO_THROW(execute("SELECT pg_sleep(0.6)"));
  guard.resume();
  guard.rest();
  EXPECT_NO_THROW(execute("SELECT pg_sleep(0.6)"));
  EXPECT_FALSE(guard.cancelled());
  db().rollback();
}

TEST_F(BlockingGuardTest, sets_its_mark_also_where_no_statement_runs) {
  BlockingGuard guard(db());
  lock_with_waiters(2);
  guard.watch(backend_, {0, 50}, true);
  EXPECT_TRUE(becomes([&] { return guard.cancelled(); }));
  guard.rest();
  EXPECT_NO_THROW(execute("SELECT pg_sleep(0.3)"));
  db().rollback();
}

TEST_F(BlockingGuardTest, of_another_limit_the_last_one_holds) {
  BlockingGuard guard(db());
  lock_with_waiters(1);
  guard.watch(backend_, {5, 50}, true);
  EXPECT_NO_THROW(execute("SELECT pg_sleep(0.5)"));
  guard.change({0, 50});
  EXPECT_EQ(raised([&] { execute("SELECT pg_sleep(20)"); }).sqlstate, "57014");
  db().rollback();
}

// Statements end while the guard is about to cancel them, and others begin: those are never met. Each round the watch
// ends at another instant around the one at which the guard strikes.
TEST_F(BlockingGuardTest, never_cancels_what_is_sent_after_its_rest) {
  BlockingGuard guard(db());
  lock_with_waiters(1);
  int struck = 0;
  for (int round = 0; round < 150; ++round) {
    guard.watch(backend_, {0, 10}, true);
    try {
      for (int i = 0; i < 20 + round % 30; ++i) execute("SELECT pg_sleep(0.0005)");
    } catch (const Error& error) {
      EXPECT_EQ(error.sqlstate, "57014") << error.message;
    }
    guard.rest();
    struck += guard.cancelled() ? 1 : 0;
    if (db().transaction_state() == TransactionState::kFailed) {
      db().rollback();
      db().begin();
      execute("LOCK TABLE t");
      let_wait();
    }
    EXPECT_NO_THROW(execute("SELECT pg_sleep(0.003)"));
  }
  EXPECT_GT(struck, 20);
  EXPECT_LT(struck, 150);
  db().rollback();
}

TEST_F(BlockingGuardTest, says_once_that_it_cannot_connect) {
  const std::string user = "guarded_of_" + db().info().database;
  execute("CREATE ROLE " + user + " LOGIN CONNECTION LIMIT 1");
  std::string url = database().url();
  url.replace(url.find("//") + 2, url.find('@') - url.find("//") - 2, user);
  {
    const auto only = open_connection(url);
    BlockingGuard guard(*only);
    guard.watch(backend_, {0, 50}, true);
    std::string trouble;
    EXPECT_TRUE(becomes([&] { return !(trouble = guard.take_trouble()).empty(); }));
    EXPECT_NE(trouble.find("too many connections for role"), std::string::npos) << trouble;
    guard.rest();
    EXPECT_EQ(guard.take_trouble(), "");
  }
  execute("DROP ROLE " + user);
}

}  // namespace
}  // namespace tide
