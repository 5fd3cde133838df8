#include "migrate/lock.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <regex>
#include <thread>

#include "support/databases.h"
#include "support/pg_cluster.h"
#include "sys/files.h"
#include "sys/interrupt.h"

namespace tide {
namespace {

using test::raised;
using Clock = std::chrono::steady_clock;

LockOptions options_of(const char* run, std::int64_t timeout_ms) {
  LockOptions options;
  options.run = run;
  options.who = "ann";
  options.host = "box";
  options.timeout_ms = timeout_ms;
  return options;
}

double ms_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

class MigratorLockTest : public test::EngineTest {
 protected:
  // What the holder's line must look like.
  std::string holder_pattern() const {
    return postgres() ? R"(server process \d+ \(user \S+ from \S+, "tide lock run-1 ann@box", since \S+Z\))"
                      : R"(process \d+ of ann on box \(run run-1, since \S+Z\))";
  }
};
TIDE_ON_BOTH_ENGINES(MigratorLockTest);

TEST_P(MigratorLockTest, is_held_by_one_at_a_time) {
  MigratorLock lock(db(), options_of("run-1", 0));
  EXPECT_TRUE(lock.held());
  Error error = raised([&] { MigratorLock second(db(), options_of("run-2", 0)); });
  EXPECT_EQ(error.kind, ErrorKind::kLock);
  EXPECT_TRUE(std::regex_match(error.message, std::regex("the migrator lock is held by " + holder_pattern())))
      << error.message;
}

TEST_P(MigratorLockTest, is_free_again_when_its_holder_is_gone) {
  { MigratorLock lock(db(), options_of("run-1", 0)); }
  EXPECT_NO_THROW(MigratorLock(db(), options_of("run-2", 0)));
}

TEST_P(MigratorLockTest, is_free_again_when_the_holders_process_was_killed) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  pid_t child = ::fork();
  if (child == 0) {
    auto connection = connect();
    MigratorLock lock(*connection, options_of("run-1", 0));
    [[maybe_unused]] ssize_t sent = ::write(ready[1], "x", 1);
    ::pause();
    ::_exit(0);
  }
  char byte;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  EXPECT_EQ(raised([&] { MigratorLock lock(db(), options_of("run-2", 0)); }).kind, ErrorKind::kLock);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_NO_THROW(MigratorLock(db(), options_of("run-2", 5000)));
}

TEST_P(MigratorLockTest, waits_no_longer_than_it_was_told) {
  MigratorLock lock(db(), options_of("run-1", 0));
  Clock::time_point begin = Clock::now();
  Error error = raised([&] { MigratorLock second(db(), options_of("run-2", 300)); });
  EXPECT_EQ(error.kind, ErrorKind::kLock);
  EXPECT_GE(ms_since(begin), 300);
  EXPECT_LT(ms_since(begin), 3000);
  EXPECT_NE(error.message.find("(waited 300 ms)"), std::string::npos) << error.message;
}

TEST_P(MigratorLockTest, is_obtained_soon_after_it_is_released_and_says_once_what_it_waited_for) {
  auto lock = std::make_unique<MigratorLock>(db(), options_of("run-1", 0));
  std::thread releaser([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(400));
    lock.reset();
  });
  std::vector<std::string> waits;
  EventStream events;
  events.add([&](const Event& event) {
    if (event.kind == Event::Kind::kWaiting) waits.push_back(event.text);
  });
  LockOptions options = options_of("run-2", 30000);
  options.events = &events;
  auto waiter = connect();
  Clock::time_point begin = Clock::now();
  { MigratorLock second(*waiter, options); }
  EXPECT_LT(ms_since(begin), 5000);
  releaser.join();
  ASSERT_EQ(waits.size(), 1u);
  EXPECT_TRUE(std::regex_match(waits[0], std::regex("the migrator lock is held by " + holder_pattern()))) << waits[0];
}

TEST_P(MigratorLockTest, waiting_ends_with_an_interrupt) {
  install_interrupt_handlers();
  clear_interrupt();
  MigratorLock lock(db(), options_of("run-1", 0));
  std::thread sender([] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    ::kill(::getpid(), SIGINT);
  });
  auto waiter = connect();
  Clock::time_point begin = Clock::now();
  Error error = raised([&] { MigratorLock second(*waiter, options_of("run-2", 30000)); });
  EXPECT_EQ(error.kind, ErrorKind::kInterrupted);
  EXPECT_LT(ms_since(begin), 3000);
  sender.join();
  clear_interrupt();
}

TEST_P(MigratorLockTest, of_another_database_is_another_lock) {
  test::TestDatabase other(GetParam());
  auto connection = other.connect();
  MigratorLock lock(db(), options_of("run-1", 0));
  EXPECT_NO_THROW(MigratorLock(*connection, options_of("run-2", 0)));
}

class PostgresLock : public test::PostgresTest {};

TEST_F(PostgresLock, does_not_hold_up_an_index_that_is_built_concurrently) {
  execute("CREATE TABLE t (a int)");
  MigratorLock lock(db(), options_of("run-1", 0));
  auto waiter_connection = database().connect();
  std::thread waiter([&] {
    EXPECT_EQ(raised([&] { MigratorLock second(*waiter_connection, options_of("run-2", 1500)); }).kind,
              ErrorKind::kLock);
  });
  execute("SET statement_timeout = '1s'");
  EXPECT_NO_THROW(execute("CREATE INDEX CONCURRENTLY t_a ON t (a)"));
  waiter.join();
}

TEST_F(PostgresLock, is_not_held_any_more_when_its_session_was_ended) {
  MigratorLock lock(db(), options_of("run-1", 0));
  EXPECT_TRUE(lock.held());
  execute(
      "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name LIKE 'tide lock run-1%' "
      "AND datname = current_database()");
  EXPECT_FALSE(lock.held());
}

class SqliteLock : public test::SqliteTest {};

TEST_F(SqliteLock, a_database_in_memory_needs_none) {
  auto memory = open_connection("sqlite::memory:");
  MigratorLock first(*memory, options_of("run-1", 0));
  EXPECT_NO_THROW(MigratorLock(*memory, options_of("run-2", 0)));
}

TEST_F(SqliteLock, stands_beside_the_database_and_is_empty_when_free) {
  std::string path = db().info().database + "-tide-lock";
  { MigratorLock lock(db(), options_of("run-1", 0)); }
  EXPECT_EQ(read_file(path), "");
}

TEST_F(SqliteLock, where_no_file_can_be_made_is_refused_with_the_reason) {
  std::string path = db().info().database + "-tide-lock";
  make_directories(path);
  Error error = raised([&] { MigratorLock lock(db(), options_of("run-1", 0)); });
  EXPECT_EQ(error.kind, ErrorKind::kLock);
  EXPECT_EQ(error.message, "one migrator at a time cannot be ensured: cannot open the lock file \"" + real_path(path) +
                               "\": Is a directory");
}

TEST_F(SqliteLock, leaves_the_databases_own_locks_alone) {
  execute("CREATE TABLE t (a int)");
  db().begin();
  execute("INSERT INTO t VALUES (1)");
  { MigratorLock lock(db(), options_of("run-1", 0)); }
  EXPECT_NO_THROW(db().commit());
  EXPECT_EQ(value("SELECT count(*) FROM t"), Value(1));
}

}  // namespace
}  // namespace tide
