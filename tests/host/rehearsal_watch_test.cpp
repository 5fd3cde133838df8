#include "migrate/rehearsal_watch.h"

#include <gtest/gtest.h>

#include "support/databases.h"
#include "tide/event.h"

namespace tide {
namespace {

using Lines = std::vector<std::string>;

class RehearsalWatchTest : public test::PostgresTest {
 protected:
  RehearsalWatchTest() : watch_(db(), database().url()) {
    execute("CREATE TABLE users (id integer PRIMARY KEY, name varchar(20), n integer)");
    execute("INSERT INTO users SELECT i, 'u' || i, i FROM generate_series(1, 100) i");
    events_.add([this](const Event& event) { watch_.read(event); });
    db().set_events(&events_);
  }

  RehearsedPass in_transaction(const Lines& statements) {
    watch_.begin(Direction::kUp, false, true);
    db().begin();
    for (const std::string& statement : statements) execute(statement);
    RehearsedPass pass = watch_.end();
    db().rollback();
    return pass;
  }
  RehearsedPass outside(const Lines& statements) {
    watch_.begin(Direction::kUp, false, false);
    for (const std::string& statement : statements) execute(statement);
    return watch_.end();
  }
  // "MODE on relation; rewritten a, b; scanned c" of one statement in a transaction.
  std::string effect(const std::string& statement) { return said(in_transaction({statement}).statements.at(0)); }
  static std::string said(const RehearsedStatement& statement) {
    const RehearsedLock* lock = strongest_lock(statement);
    std::string text = lock == nullptr ? "-" : lock->mode + " on " + lock->relation;
    for (const std::string& table : statement.rewritten) text += "; rewritten " + table;
    for (const std::string& table : statement.scanned) text += "; scanned " + table;
    return text;
  }

  RehearsalWatch watch_;
  EventStream events_;
};

TEST_F(RehearsalWatchTest, each_statement_has_its_strongest_lock_and_what_it_rewrites_and_scans) {
  execute("CREATE TABLE orders (id integer PRIMARY KEY, user_id integer)");
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"SELECT * FROM users WHERE n = 7", "ACCESS SHARE on public.users; scanned public.users"},
      {"SELECT * FROM users WHERE id = 7 FOR UPDATE", "ROW SHARE on public.users"},
      {"UPDATE users SET n = 0", "ROW EXCLUSIVE on public.users; scanned public.users"},
      {"ALTER TABLE users ADD COLUMN a integer DEFAULT 1", "ACCESS EXCLUSIVE on public.users"},
      {"ALTER TABLE users ADD COLUMN a double precision DEFAULT random()",
       "ACCESS EXCLUSIVE on public.users; rewritten public.users; scanned public.users"},
      {"ALTER TABLE users ALTER COLUMN n TYPE bigint",
       "ACCESS EXCLUSIVE on public.users; rewritten public.users; scanned public.users"},
      {"ALTER TABLE users ALTER COLUMN name TYPE varchar(40)", "ACCESS EXCLUSIVE on public.users"},
      {"ALTER TABLE users ALTER COLUMN name TYPE text", "ACCESS EXCLUSIVE on public.users"},
      {"ALTER TABLE users ALTER COLUMN n SET NOT NULL", "ACCESS EXCLUSIVE on public.users; scanned public.users"},
      {"ALTER TABLE users ADD CHECK (n > 0)", "ACCESS EXCLUSIVE on public.users; scanned public.users"},
      {"ALTER TABLE users ADD CHECK (n > 0) NOT VALID", "ACCESS EXCLUSIVE on public.users"},
      {"ALTER TABLE users SET (fillfactor = 80)", "SHARE UPDATE EXCLUSIVE on public.users"},
      {"CREATE INDEX ON users (n)", "SHARE on public.users; scanned public.users"},
      {"ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users NOT VALID",
       "SHARE ROW EXCLUSIVE on public.orders"},
      {"LOCK TABLE users IN EXCLUSIVE MODE", "EXCLUSIVE on public.users"},
      {"TRUNCATE users", "ACCESS EXCLUSIVE on public.users; rewritten public.users; scanned public.users"},
      {"DROP TABLE orders", "ACCESS EXCLUSIVE on public.orders"},
      {"CREATE TABLE fresh (n integer)", "-"},
  };
  for (const auto& [statement, expected] : cases) {
    const std::string found = effect(statement);
    if (statement.find("FOREIGN KEY") == std::string::npos) {
      EXPECT_EQ(found, expected) << statement;
    } else {
      EXPECT_EQ(found.substr(0, 22), expected.substr(0, 22)) << statement;  // both tables get it
    }
  }
}

TEST_F(RehearsalWatchTest, a_statement_outside_of_a_transaction_is_seen_while_it_runs) {
  const RehearsedPass made = outside({"CREATE INDEX CONCURRENTLY users_n ON users (n)"});
  EXPECT_EQ(said(made.statements.at(0)), "SHARE UPDATE EXCLUSIVE on public.users");
  EXPECT_FALSE(made.statements.at(0).in_transaction);
  EXPECT_GT(made.statements.at(0).locks.at(0).held_ms, 0);
  const RehearsedPass rebuilt = outside({"VACUUM FULL users"});
  EXPECT_EQ(rebuilt.statements.at(0).rewritten, Lines{"public.users"});
}

TEST_F(RehearsalWatchTest, a_lock_is_held_until_the_end_of_the_transaction) {
  const RehearsedPass pass = in_transaction({"ALTER TABLE users ADD COLUMN a integer", "SELECT pg_sleep(0.05)"});
  const RehearsedLock* lock = strongest_lock(pass);
  ASSERT_NE(lock, nullptr);
  EXPECT_EQ(lock->mode, "ACCESS EXCLUSIVE");
  EXPECT_GE(lock->held_ms, 50);
  EXPECT_GE(pass.ms, lock->held_ms);
}

TEST_F(RehearsalWatchTest, a_second_statement_shows_the_modes_that_it_adds) {
  const RehearsedPass pass =
      in_transaction({"UPDATE users SET n = 1", "ALTER TABLE users ADD COLUMN a integer", "UPDATE users SET n = 2"});
  EXPECT_EQ(strongest_lock(pass.statements.at(0))->mode, "ROW EXCLUSIVE");
  EXPECT_EQ(strongest_lock(pass.statements.at(1))->mode, "ACCESS EXCLUSIVE");
  EXPECT_EQ(pass.statements.at(2).locks.size(), 0U);
}

TEST_F(RehearsalWatchTest, a_transaction_of_the_script_ends_its_locks) {
  watch_.begin(Direction::kUp, false, false);
  db().begin();
  execute("ALTER TABLE users ADD COLUMN a integer");
  db().commit();
  execute("SELECT pg_sleep(0.1)");
  const RehearsedPass pass = watch_.end();
  EXPECT_LT(strongest_lock(pass.statements.at(0))->held_ms, pass.ms - 100);
}

TEST_F(RehearsalWatchTest, repetitions_are_one_statement) {
  const RehearsedPass pass = in_transaction(Lines(500, "UPDATE users SET n = n + 1 WHERE id = 1"));
  ASSERT_EQ(pass.statements.size(), 1U);
  EXPECT_EQ(pass.statements[0].times, 500);
  EXPECT_EQ(pass.statements[0].rows, 500);
  EXPECT_GT(pass.statements[0].wal_bytes.value_or(0), 10'000);
}

TEST_F(RehearsalWatchTest, what_may_have_changed_is_known_by_the_name_it_had_before) {
  execute("CREATE TABLE other (n integer)");
  in_transaction({"SELECT * FROM other", "CREATE INDEX ON other (n)", "ALTER TABLE users RENAME TO people",
                  "UPDATE people SET n = 1"});
  const auto touched = watch_.take_touched();
  ASSERT_TRUE(touched.has_value());
  EXPECT_EQ(touched->count("public.users"), 1U);
  EXPECT_EQ(touched->count("public.other"), 0U);
  outside({"UPDATE users SET n = 1"});
  EXPECT_FALSE(watch_.take_touched().has_value());
}

TEST_F(RehearsalWatchTest, a_statement_that_is_refused_is_kept_with_its_error) {
  watch_.begin(Direction::kUp, false, true);
  db().begin();
  EXPECT_THROW(execute("SELECT 1 / 0"), Error);
  const RehearsedPass pass = watch_.end();
  db().rollback();
  EXPECT_EQ(pass.statements.at(0).error, "division by zero");
}

}  // namespace
}  // namespace tide
