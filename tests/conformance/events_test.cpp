#include "support/databases.h"

namespace tide::test {
namespace {

class Events : public EngineTest {
 protected:
  Events() {
    make_numbered("t", 5);
    stream_.add([this](const Event& event) { seen_.push_back(event); });
    db().set_events(&stream_);
    db().reset_counters();
  }
  std::vector<Event> statements() const {
    std::vector<Event> found;
    for (const Event& event : seen_) {
      if (event.kind == Event::Kind::kStatementDone) found.push_back(event);
    }
    return found;
  }
  Event only_statement() const {
    const auto found = statements();
    EXPECT_EQ(found.size(), 1U);
    return found.empty() ? Event{} : found.front();
  }

  EventStream stream_;
  std::vector<Event> seen_;
};
TIDE_ON_BOTH_ENGINES(Events);

TEST_P(Events, tell_of_each_statement_with_its_values_rows_and_place) {
  Statement statement = sql("UPDATE t SET note = $1 WHERE id <= $2", "x", 3);
  statement.file = "a.lua";
  statement.line = 7;
  execute(statement);
  const Event event = only_statement();
  EXPECT_EQ(event.sql, statement.sql);
  EXPECT_EQ(event.params, statement.params);
  EXPECT_EQ(event.rows, 3);
  EXPECT_GT(event.ms, 0);
  EXPECT_EQ(event.file, "a.lua");
  EXPECT_EQ(event.line, 7);
  EXPECT_FALSE(event.error);
  EXPECT_FALSE(event.recorded);
  EXPECT_FALSE(event.internal);
}

TEST_P(Events, tell_of_a_query_and_of_a_stream_once) {
  rows("SELECT id FROM t");
  EXPECT_EQ(only_statement().rows, 5);
  seen_.clear();
  all_rows(*db().stream("SELECT id FROM t"));
  EXPECT_EQ(only_statement().sql, "SELECT id FROM t");
}

TEST_P(Events, tell_of_a_statement_that_was_refused_with_its_error) {
  EXPECT_THROW(execute("SELECT nope FROM t"), Error);
  const Event event = only_statement();
  ASSERT_TRUE(event.error);
  EXPECT_EQ(event.error->sqlstate, "42703");
}

TEST_P(Events, mark_the_engines_own_statements) {
  Statement statement("SELECT 1");
  statement.internal = true;
  execute(statement);
  for (const Event& event : statements()) EXPECT_TRUE(event.internal);
  EXPECT_EQ(db().statements(), 0);
}

TEST_P(Events, tell_of_loads_and_copies) {
  execute("CREATE TABLE loaded (id integer)");
  seen_.clear();
  const auto copy = db().copy_in("loaded", {"id"});
  copy->write({1});
  copy->write({2});
  copy->finish();
  EXPECT_FALSE(statements().empty());
  seen_.clear();
  db().copy_out("SELECT id FROM loaded", {false}, [](std::string_view) {});
  EXPECT_FALSE(statements().empty());
}

TEST_P(Events, stop_when_nobody_listens) {
  db().set_events(nullptr);
  execute("SELECT 1");
  EXPECT_TRUE(seen_.empty());
}

TEST_P(Events, go_with_counters_of_statements_and_rows_written) {
  execute("INSERT INTO t VALUES (10, 'x'), (11, 'y')");
  execute("UPDATE t SET note = 'z' WHERE id > 9");
  rows("SELECT id FROM t");
  EXPECT_EQ(db().statements(), 3);
  EXPECT_EQ(db().rows(), 4);
  db().reset_counters();
  EXPECT_EQ(db().statements(), 0);
  EXPECT_EQ(db().rows(), 0);
}

TEST_P(Events, in_a_dry_run_record_what_cannot_run_in_a_transaction_and_do_not_run_it) {
  db().set_recording(true);
  execute("VACUUM");
  EXPECT_TRUE(only_statement().recorded);
  seen_.clear();
  execute("UPDATE t SET note = 'x' WHERE id = 1");
  EXPECT_FALSE(only_statement().recorded);
  EXPECT_EQ(value("SELECT note FROM t WHERE id = 1"), Value("x"));
}

class PostgresEvents : public PostgresTest {};

TEST_F(PostgresEvents, bring_the_servers_notices_and_warnings) {
  std::vector<Event> seen;
  EventStream stream;
  stream.add([&](const Event& event) {
    if (event.kind == Event::Kind::kNotice) seen.push_back(event);
  });
  db().set_events(&stream);
  execute("DO $$ BEGIN RAISE NOTICE 'one %', 1; RAISE WARNING 'two'; END $$");
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[0].level, "NOTICE");
  EXPECT_EQ(seen[0].text, "one 1");
  EXPECT_EQ(seen[1].level, "WARNING");
  EXPECT_EQ(seen[1].text, "two");
}

TEST_F(PostgresEvents, in_a_dry_run_leave_a_concurrent_index_unbuilt) {
  execute("CREATE TABLE t (id integer)");
  db().set_recording(true);
  db().begin();
  execute("CREATE INDEX CONCURRENTLY t_id ON t (id)");
  db().commit();
  EXPECT_EQ(value("SELECT to_regclass('t_id') IS NULL"), Value(true));
}

}  // namespace
}  // namespace tide::test
