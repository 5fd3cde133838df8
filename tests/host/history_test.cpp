#include "migrate/history.h"

#include <gtest/gtest.h>

#include <thread>

#include "base/text.h"
#include "support/databases.h"
#include "support/pg_cluster.h"

namespace tide {
namespace {

using test::raised;

HistoryRecord record_of(const std::string& version, const std::string& name) {
  HistoryRecord record;
  record.migration.version = version;
  record.migration.name = name;
  record.migration.kind = Migration::Kind::kSql;
  record.migration.checksum = "sum " + version;
  record.fingerprint = "tokens " + version;
  record.text.up = "CREATE TABLE " + name;
  record.duration_ms = 12;
  return record;
}

std::string show(const HistoryEntry& entry) {
  return cat(entry.version, " ", entry.name, " ", state_name(entry.state), " ", direction_name(entry.direction),
             entry.baseline ? " baseline" : "", entry.interrupted ? " interrupted" : "",
             entry.error.empty() ? "" : cat(" (", entry.error, ")"));
}

std::string show(const HistoryEvent& event) {
  return cat(event.version, " ", event.event, " ", event.direction,
             event.detail.empty() ? "" : cat(" (", event.detail, ")"));
}

class HistoryTest : public test::EngineTest {
 protected:
  HistoryTest() : history_(db(), {"run-1", "ann", "box"}) {}

  History& history() { return history_; }
  std::string table(const char* name) const { return cat(postgres() ? "tide." : "tide_", name); }
  std::vector<std::string> entries() { return entries_of(history_); }
  static std::vector<std::string> entries_of(History& history) {
    std::vector<std::string> shown;
    for (const HistoryEntry& entry : history.load()) shown.push_back(show(entry));
    return shown;
  }
  std::vector<std::string> events() {
    std::vector<std::string> shown;
    for (const HistoryEvent& event : history_.events()) shown.push_back(show(event));
    return shown;
  }

 private:
  History history_;
};
TIDE_ON_BOTH_ENGINES(HistoryTest);

using Lines = std::vector<std::string>;

TEST_P(HistoryTest, is_there_once_it_was_made) {
  EXPECT_FALSE(history().exists());
  history().ensure();
  EXPECT_TRUE(history().exists());
  history().ensure();
  EXPECT_EQ(entries(), Lines{});
  EXPECT_EQ(events(), Lines{});
  EXPECT_EQ(db().transaction_state(), TransactionState::kIdle);
}

TEST_P(HistoryTest, is_made_once_by_many_at_the_same_time) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([this] {
      auto connection = connect();
      EXPECT_NO_THROW(History(*connection, {"r", "w", "h"}).ensure());
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(value(cat("SELECT count(*) FROM ", table("meta"))), Value(1));
}

TEST_P(HistoryTest, keeps_what_was_applied) {
  history().ensure();
  HistoryRecord record = record_of("7", "users");
  history().record_applied(record);
  HistoryEntry entry = history().load().at(0);
  EXPECT_EQ(show(entry), "7 users applied up");
  EXPECT_EQ(entry.kind, Migration::Kind::kSql);
  EXPECT_EQ(entry.checksum, "sum 7");
  EXPECT_EQ(entry.fingerprint, "tokens 7");
  EXPECT_EQ(entry.duration_ms, 12);
  EXPECT_FALSE(entry.baseline);
  EXPECT_EQ(entry.error, "");
  HistoryEvent event = history().events().at(0);
  EXPECT_EQ(show(event), "7 applied up");
  EXPECT_EQ(event.run, "run-1");
  EXPECT_EQ(event.name, "users");
  EXPECT_EQ(event.who, "ann");
  EXPECT_EQ(event.host, "box");
  EXPECT_EQ(event.duration_ms, 12);
  EXPECT_EQ(event.checksum, "sum 7");
  StoredSource source = history().load_source("7");
  EXPECT_EQ(source.name, "users");
  EXPECT_EQ(source.kind, Migration::Kind::kSql);
  EXPECT_EQ(source.text.up, "CREATE TABLE users");
  EXPECT_FALSE(source.pair);
}

// "2026-11-20T06:48:42.123Z", whatever the session's time zone and date style are.
TEST_P(HistoryTest, times_are_utc_as_iso_text) {
  if (postgres()) {
    execute("SET timezone = 'Asia/Tokyo'");
    execute("SET datestyle = 'German'");
  }
  history().ensure();
  history().record_applied(record_of("1", "a"));
  std::string now = std::get<std::string>(
      value(postgres() ? "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI')"
                       : "SELECT strftime('%Y-%m-%dT%H:%M', 'now')")
          .data);
  for (const std::string& at : {history().load().at(0).applied_at, history().events().at(0).at}) {
    EXPECT_EQ(at.size(), 24u) << at;
    EXPECT_EQ(at.substr(0, 13), now.substr(0, 13)) << at;
    EXPECT_EQ(at.back(), 'Z');
  }
}

TEST_P(HistoryTest, lists_versions_as_numbers) {
  history().ensure();
  for (const char* version : {"10", "9", "100000000000000000000", "99999999999999999999", "0001"}) {
    history().record_applied(record_of(version, "m"));
  }
  EXPECT_EQ(entries(), (Lines{"0001 m applied up", "9 m applied up", "10 m applied up",
                              "99999999999999999999 m applied up", "100000000000000000000 m applied up"}));
}

TEST_P(HistoryTest, a_row_and_its_event_go_with_the_callers_transaction) {
  history().ensure();
  db().begin();
  history().record_applied(record_of("1", "a"));
  db().rollback();
  EXPECT_EQ(entries(), Lines{});
  EXPECT_EQ(events(), Lines{});
  db().begin();
  history().record_applied(record_of("1", "a"));
  db().commit();
  EXPECT_EQ(entries(), Lines{"1 a applied up"});
  EXPECT_EQ(events(), Lines{"1 applied up"});
}

TEST_P(HistoryTest, what_is_applied_is_not_recorded_again) {
  history().ensure();
  history().record_applied(record_of("1", "a"));
  Error error = raised([&] { history().record_applied(record_of("1", "b")); });
  EXPECT_EQ(error.kind, ErrorKind::kHistory);
  EXPECT_EQ(error.message, "version 1 is in the history as applied already; nothing of it was recorded again");
  EXPECT_EQ(entries(), Lines{"1 a applied up"});
  EXPECT_EQ(events(), Lines{"1 applied up"});
}

TEST_P(HistoryTest, what_was_reverted_is_gone_and_its_event_stays) {
  history().ensure();
  history().record_applied(record_of("1", "a"));
  history().record_reverted("1", 5);
  EXPECT_EQ(entries(), Lines{});
  EXPECT_EQ(events(), (Lines{"1 applied up", "1 reverted down"}));
  EXPECT_EQ(history().events().at(1).duration_ms, 5);
  EXPECT_EQ(history().events().at(1).checksum, "sum 1");
  Error error = raised([&] { history().record_reverted("1", 5); });
  EXPECT_EQ(error.kind, ErrorKind::kHistory);
  EXPECT_EQ(error.message, "the history has no version 1");
}

TEST_P(HistoryTest, one_without_a_transaction_is_running_then_failed_then_applied) {
  history().ensure();
  HistoryRecord record = record_of("1", "a");
  history().record_running_up(record);
  EXPECT_EQ(history().load().at(0).state, HistoryEntry::State::kRunning);
  history().record_failed("1", Direction::kUp, 30, "it broke");
  EXPECT_EQ(entries(), Lines{"1 a failed up (it broke)"});
  history().record_running_up(record);
  history().record_applied(record);
  EXPECT_EQ(entries(), Lines{"1 a applied up"});
  history().record_running_down("1");
  history().record_failed("1", Direction::kDown, 30, "it broke again");
  EXPECT_EQ(entries(), Lines{"1 a failed down (it broke again)"});
  EXPECT_EQ(history().load().at(0).checksum, "sum 1");
  history().record_reverted("1", 1);
  EXPECT_EQ(events(), (Lines{"1 started up", "1 failed up (it broke)", "1 started up", "1 applied up", "1 started down",
                             "1 failed down (it broke again)", "1 reverted down"}));
}

TEST_P(HistoryTest, what_runs_in_a_living_session_is_not_interrupted) {
  history().ensure();
  auto other = connect();
  History runner(*other, {"run-2", "bob", "box"});
  runner.record_running_up(record_of("1", "a"));
  HistoryEntry entry = history().load().at(0);
  EXPECT_EQ(entry.run, "run-2");
  EXPECT_EQ(entry.who, "bob");
  // SQLite has no sessions, only processes, and that is this one, which does not run it while it asks.
  EXPECT_EQ(entry.interrupted, !postgres());
  other.reset();
  if (postgres()) {
    const char* sessions =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    while (value(sessions) != Value(0)) std::this_thread::yield();
  }
  EXPECT_TRUE(history().load().at(0).interrupted);
}

TEST_P(HistoryTest, a_resolution_is_logged_with_its_reason) {
  history().ensure();
  history().record_running_up(record_of("1", "a"));
  history().record_failed("1", Direction::kUp, 30, "it broke");
  history().resolve_applied("1", "finished by hand");
  EXPECT_EQ(entries(), Lines{"1 a applied up"});
  history().resolve_removed("1", "reverted", "undone by hand");
  EXPECT_EQ(entries(), Lines{});
  HistoryRecord edited = record_of("1", "b");
  history().record_applied(record_of("1", "a"));
  history().resolve_applied(edited, "the file is right");
  EXPECT_EQ(entries(), Lines{"1 b applied up baseline"});
  EXPECT_EQ(events().at(2), "1 resolved up (applied: finished by hand)");
  EXPECT_EQ(events().at(3), "1 resolved down (reverted: undone by hand)");
  EXPECT_EQ(events().at(5), "1 resolved up (applied: the file is right)");
}

TEST_P(HistoryTest, a_baseline_never_ran_here) {
  history().ensure();
  history().record_baseline(record_of("1", "a"));
  EXPECT_EQ(entries(), Lines{"1 a applied up baseline"});
  EXPECT_EQ(events(), Lines{"1 baseline up"});
}

TEST_P(HistoryTest, an_event_may_change_no_row) {
  history().ensure();
  HistoryEvent event;
  event.version = "1";
  event.name = "a";
  event.event = "failed";
  event.direction = "up";
  event.detail = "syntax error; 'quoted' \\ and \xC3\xA4";
  history().record_event(event);
  EXPECT_EQ(events(), Lines{"1 failed up (syntax error; 'quoted' \\ and \xC3\xA4)"});
  EXPECT_EQ(history().events().at(0).who, "ann");
}

TEST_P(HistoryTest, keeps_both_sources_of_a_pair) {
  history().ensure();
  HistoryRecord record = record_of("1", "a");
  record.migration.down_path = "migrations/1_a.down.sql";
  record.text = {"CREATE TABLE a", "DROP TABLE a"};
  history().record_applied(record);
  StoredSource source = history().load_source("1");
  EXPECT_TRUE(source.pair);
  EXPECT_EQ(source.text.up, "CREATE TABLE a");
  EXPECT_EQ(source.text.down, "DROP TABLE a");
}

TEST_P(HistoryTest, says_when_it_keeps_no_source) {
  history().ensure();
  HistoryRecord latin = record_of("1", "a");
  latin.text.up = "SELECT 'caf\xE9'";
  history().record_applied(latin);
  EXPECT_EQ(raised([&] { history().load_source("1"); }).message, "the history keeps no source of version 1");
  EXPECT_EQ(raised([&] { history().load_source("2"); }).message, "the history has no version 2");
}

TEST_P(HistoryTest, of_a_later_format_is_left_alone) {
  history().ensure();
  history().record_applied(record_of("1", "a"));
  execute(cat("UPDATE ", table("meta"), " SET value = '2' WHERE key = 'format'"));
  for (auto action : {+[](History& h) { h.load(); }, +[](History& h) { h.ensure(); }}) {
    Error error = raised([&] { action(history()); });
    EXPECT_EQ(error.kind, ErrorKind::kHistory);
    EXPECT_EQ(error.message, cat("the history in ", db().info().database,
                                 " has format 2; this tide knows format 1. Nothing was changed"));
  }
  execute(cat("ALTER TABLE ", table("migrations"), " RENAME COLUMN checksum TO digest"));
  EXPECT_EQ(raised([&] { history().load(); }).kind, ErrorKind::kHistory);
}

TEST_P(HistoryTest, an_unknown_state_is_named_with_its_version) {
  history().ensure();
  history().record_applied(record_of("1", "a"));
  execute(cat("UPDATE ", table("migrations"), " SET state = 'odd'"));
  Error error = raised([&] { history().load(); });
  EXPECT_EQ(error.kind, ErrorKind::kHistory);
  EXPECT_EQ(error.message,
            cat("the history in ", db().info().database,
                " was changed by hand: version 1 is in the state \"odd\"; known are applied, running and "
                "failed"));
}

TEST_P(HistoryTest, of_many_wrong_rows_five_are_named) {
  history().ensure();
  for (int i = 1; i <= 7; ++i) history().record_applied(record_of(std::to_string(i), "a"));
  execute(cat("UPDATE ", table("migrations"), " SET version = 'v' || version"));
  const std::string message = raised([&] { history().load(); }).message;
  EXPECT_TRUE(ends_with(message, "version \"v5\" is not made of digits; and 2 more")) << message;
}

TEST_P(HistoryTest, belongs_to_the_first_environment_that_claims_it) {
  EXPECT_EQ(history().environment(), "");
  history().ensure();
  history().claim("staging");
  EXPECT_EQ(history().environment(), "staging");
  auto other = connect();
  History second(*other, {"run-2", "bob", "box"});
  second.claim("production");
  EXPECT_EQ(second.environment(), "staging");
  history().record_applied(record_of("1", "a"));
  History third(*other, {"run-3", "bob", "box"});
  EXPECT_EQ(third.load().size(), 1u);
  EXPECT_EQ(third.environment(), "staging");
  EXPECT_EQ(value(cat("SELECT count(*) FROM ", table("meta"), " WHERE key = 'environment'")), Value(1));
}

TEST_P(HistoryTest, a_new_name_of_its_environment_is_logged_with_the_old_one) {
  history().ensure();
  history().claim("production");
  history().rename_environment("staging", "a copy");
  EXPECT_EQ(history().environment(), "staging");
  EXPECT_EQ(events(), Lines{" renamed  (environment production is staging: a copy)"});
  EXPECT_TRUE(history().was_logged("", "renamed"));
  EXPECT_FALSE(history().was_logged("", "baseline"));
}

TEST_P(HistoryTest, its_statements_are_not_counted_as_the_scripts) {
  history().ensure();
  db().reset_counters();
  history().record_applied(record_of("1", "a"));
  history().load();
  history().record_reverted("1", 1);
  EXPECT_EQ(db().statements(), 0);
}

class PostgresHistory : public test::PostgresTest {
 protected:
  // A connection of a role that owns nothing and may only connect.
  std::unique_ptr<Connection> as_newcomer() {
    execute("DO $$ BEGIN CREATE ROLE newcomer LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$");
    auto connection = database().connect();
    connection->execute("SET SESSION AUTHORIZATION newcomer");
    return connection;
  }
};

TEST_F(PostgresHistory, says_which_right_is_missing) {
  auto connection = as_newcomer();
  Error error = raised([&] { History(*connection, {}).ensure(); });
  EXPECT_EQ(error.kind, ErrorKind::kSql);
  EXPECT_EQ(error.sqlstate, "42501");
  EXPECT_EQ(error.message, cat("the history cannot be created: ", db().info().user,
                               " may not create the schema tide in database ", db().info().database));
  EXPECT_EQ(error.next.size(), 2u);
  EXPECT_EQ(connection->transaction_state(), TransactionState::kIdle);
}

TEST_F(PostgresHistory, needs_no_right_on_the_database_in_a_schema_that_was_made_for_it) {
  auto connection = as_newcomer();
  execute("CREATE SCHEMA tide AUTHORIZATION newcomer");
  History history(*connection, {"r", "w", "h"});
  EXPECT_NO_THROW(history.ensure());
  EXPECT_NO_THROW(history.record_applied(record_of("1", "a")));
}

TEST_F(PostgresHistory, takes_no_table_of_another_for_its_own) {
  execute("CREATE SCHEMA tide");
  execute("CREATE TABLE tide.events (id int)");
  Error error = raised([&] { History(db(), {}).ensure(); });
  EXPECT_EQ(error.kind, ErrorKind::kHistory);
  EXPECT_EQ(error.message, cat("the history in ", db().info().database,
                               " is not whole: it has events, and lacks meta and migrations"));
  EXPECT_EQ(value("SELECT count(*) FROM pg_class WHERE relnamespace = 'tide'::regnamespace"), Value(1));
}

TEST_F(PostgresHistory, records_an_applied_migration_in_one_statement) {
  History history(db(), {"r", "w", "h"});
  history.ensure();
  int statements = 0;
  EventStream events;
  events.add([&](const Event& event) { statements += event.kind == Event::Kind::kStatementDone; });
  db().set_events(&events);
  db().begin();
  statements = 0;
  history.record_applied(record_of("1", "a"));
  EXPECT_EQ(statements, 1);
  statements = 0;
  history.load();
  EXPECT_EQ(statements, 1);
  db().commit();
  db().set_events(nullptr);
}

}  // namespace
}  // namespace tide
