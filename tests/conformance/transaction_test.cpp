#include "support/databases.h"

namespace tide::test {
namespace {

class Transactions : public EngineTest {
 protected:
  Transactions() { execute("CREATE TABLE t (id integer PRIMARY KEY)"); }
  void add(int id) { execute(sql("INSERT INTO t VALUES ($1)", id)); }
  TransactionState state() { return db().transaction_state(); }
  void break_statement() { EXPECT_THROW(execute("SELECT * FROM missing"), Error); }
};
TIDE_ON_BOTH_ENGINES(Transactions);

TEST_P(Transactions, that_are_committed_last) {
  EXPECT_EQ(state(), TransactionState::kIdle);
  db().begin();
  EXPECT_EQ(state(), TransactionState::kOpen);
  add(1);
  db().commit();
  EXPECT_EQ(state(), TransactionState::kIdle);
  EXPECT_EQ(query_value(*connect(), "SELECT count(*) FROM t"), Value(1));
}

TEST_P(Transactions, that_are_rolled_back_leave_nothing_also_of_ddl) {
  db().begin();
  add(1);
  execute("CREATE TABLE more (id integer)");
  db().rollback();
  EXPECT_EQ(state(), TransactionState::kIdle);
  EXPECT_EQ(count("t"), 0);
  EXPECT_EQ(raised([&] { count("more"); }).sqlstate, "42P01");
}

TEST_P(Transactions, are_not_seen_by_others_before_commit) {
  db().begin();
  add(1);
  const auto other = connect();
  EXPECT_EQ(query_value(*other, "SELECT count(*) FROM t"), Value(0));
  db().commit();
  EXPECT_EQ(query_value(*other, "SELECT count(*) FROM t"), Value(1));
}

TEST_P(Transactions, do_not_nest) {
  db().begin();
  add(1);
  EXPECT_THROW(db().begin(), Error);
  EXPECT_EQ(state(), TransactionState::kOpen);
  db().commit();
  EXPECT_EQ(count("t"), 1);
}

TEST_P(Transactions, discard_unfinished_work_with_their_connection) {
  {
    const auto other = connect();
    other->begin();
    other->execute("INSERT INTO t VALUES (1)");
  }
  EXPECT_EQ(count("t"), 0);
}

TEST_P(Transactions, can_be_rolled_back_after_an_error) {
  db().begin();
  add(1);
  break_statement();
  EXPECT_EQ(state(), postgres() ? TransactionState::kFailed : TransactionState::kOpen);
  db().rollback();
  EXPECT_EQ(state(), TransactionState::kIdle);
  EXPECT_EQ(count("t"), 0);
}

TEST_P(Transactions, that_have_failed_never_claim_to_be_committed) {
  db().begin();
  add(1);
  break_statement();
  if (postgres()) {
    EXPECT_EQ(raised([&] { add(2); }).sqlstate, "25P02");
    EXPECT_THROW(db().commit(), Error);
    db().rollback();
    EXPECT_EQ(count("t"), 0);
  } else {
    db().commit();
    EXPECT_EQ(count("t"), 1);
  }
  EXPECT_EQ(state(), TransactionState::kIdle);
}

TEST_P(Transactions, commit_and_rollback_outside_of_one_are_no_silent_success) {
  EXPECT_THROW(db().commit(), Error);
  EXPECT_EQ(state(), TransactionState::kIdle);
}

TEST_P(Transactions, take_every_isolation_level_and_refuse_others_by_name) {
  for (const char* level : {"read committed", "repeatable read", "serializable"}) {
    TransactionOptions options;
    options.isolation = level;
    db().begin(options);
    EXPECT_EQ(count("t"), 0);
    if (postgres()) {
      EXPECT_EQ(value("SHOW transaction_isolation"), Value(level));
    }
    db().commit();
  }
  TransactionOptions options;
  options.isolation = "serialisable";
  const Error error = raised([&] { db().begin(options); });
  EXPECT_NE(error.message.find("serializable"), std::string::npos) << error.message;
  EXPECT_EQ(state(), TransactionState::kIdle);
}

TEST_P(Transactions, that_only_read_refuse_writes_and_the_next_one_writes_again) {
  make_numbered("n", 3);
  TransactionOptions options;
  options.read_only = true;
  db().begin(options);
  EXPECT_EQ(count("n"), 3);
  EXPECT_EQ(raised([&] { add(1); }).sqlstate, "25006");
  db().rollback();
  db().begin(options);
  EXPECT_EQ(raised([&] { execute("CREATE TABLE x (id integer)"); }).sqlstate, "25006");
  db().rollback();
  add(1);
  db().begin();
  add(2);
  db().commit();
  EXPECT_EQ(count("t"), 2);
}

TEST_P(Transactions, keep_their_timeouts_to_themselves) {
  TransactionOptions options;
  options.statement_timeout = "100ms";
  db().begin(options);
  const Error error = raised(
      [&] { execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"); });
  EXPECT_EQ(error.kind, ErrorKind::kSql);
  EXPECT_EQ(error.sqlstate, "57014");
  db().rollback();
  execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000) SELECT count(*) FROM n");
}

TEST_P(Transactions, give_up_on_a_lock_after_lock_timeout) {
  const auto other = connect();
  other->begin();
  other->execute(postgres() ? "LOCK TABLE t" : "INSERT INTO t VALUES (7)");
  TransactionOptions options;
  options.lock_timeout = "100ms";
  const auto started = std::chrono::steady_clock::now();
  const Error error = raised([&] {
    db().begin(options);
    add(1);
  });
  EXPECT_EQ(error.sqlstate, "55P03");
  EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(3));
  db().rollback();
  other->rollback();
  add(1);
}

TEST_P(Transactions, refuse_a_timeout_that_is_none) {
  TransactionOptions options;
  options.lock_timeout = "soon";
  EXPECT_THROW(db().begin(options), Error);
  if (state() != TransactionState::kIdle) db().rollback();
  EXPECT_EQ(state(), TransactionState::kIdle);
}

TEST_P(Transactions, written_as_sql_are_followed) {
  execute("BEGIN");
  EXPECT_EQ(state(), TransactionState::kOpen);
  add(1);
  execute("ROLLBACK");
  EXPECT_EQ(state(), TransactionState::kIdle);
  EXPECT_EQ(count("t"), 0);
}

TEST_P(Transactions, that_are_managed_cannot_be_ended_by_a_script) {
  TransactionOptions options;
  options.managed = true;
  db().begin(options);
  EXPECT_TRUE(db().in_managed_transaction());
  add(1);
  for (const char* text : {"COMMIT", "ROLLBACK", "END", "/* x */ commit", "COMMIT;"}) {
    EXPECT_THROW(execute(text), Error) << text;
    EXPECT_EQ(state(), TransactionState::kOpen) << text;
  }
  EXPECT_THROW(execute("BEGIN"), Error);
  add(2);
  db().commit();
  EXPECT_FALSE(db().in_managed_transaction());
  EXPECT_EQ(count("t"), 2);
}

TEST_P(Transactions, that_are_managed_allow_savepoints_written_as_sql) {
  TransactionOptions options;
  options.managed = true;
  db().begin(options);
  add(1);
  execute("SAVEPOINT s");
  add(2);
  execute("ROLLBACK TO SAVEPOINT s");
  execute("RELEASE SAVEPOINT s");
  db().commit();
  EXPECT_EQ(rows("SELECT id FROM t"), (std::vector<Row>{{1}}));
}

TEST_P(Transactions, savepoints_nest) {
  db().begin();
  add(1);
  db().savepoint("outer point");
  add(2);
  db().savepoint("inner");
  add(3);
  db().rollback_to("inner");
  add(4);
  db().release("inner");
  db().release("outer point");
  db().savepoint("again");
  add(5);
  db().rollback_to("again");
  db().commit();
  EXPECT_EQ(rows("SELECT id FROM t ORDER BY id"), (std::vector<Row>{{1}, {2}, {4}}));
}

TEST_P(Transactions, a_savepoint_takes_back_an_error) {
  db().begin();
  add(1);
  db().savepoint("s");
  EXPECT_EQ(raised([&] { add(1); }).sqlstate, "23505");
  db().rollback_to("s");
  EXPECT_EQ(state(), TransactionState::kOpen);
  add(2);
  db().commit();
  EXPECT_EQ(count("t"), 2);
}

TEST_P(Transactions, an_unknown_savepoint_is_an_error_with_a_code) {
  db().begin();
  EXPECT_EQ(raised([&] { db().rollback_to("missing"); }).sqlstate, "3B001");
  db().rollback();
}

TEST_P(Transactions, a_constraint_checked_at_commit_fails_the_commit) {
  execute("CREATE TABLE child (t_id integer REFERENCES t (id) DEFERRABLE INITIALLY DEFERRED)");
  db().begin();
  execute("INSERT INTO child VALUES (99)");
  EXPECT_EQ(raised([&] { db().commit(); }).sqlstate, "23503");
  if (state() != TransactionState::kIdle) db().rollback();
  EXPECT_EQ(count("child"), 0);
}

class SqliteTransactions : public SqliteTest {};

TEST_F(SqliteTransactions, that_sqlite_rolled_back_by_itself_run_nothing_until_rollback) {
  execute("CREATE TABLE t (id integer PRIMARY KEY)");
  execute("INSERT INTO t VALUES (1)");
  db().begin();
  execute("INSERT INTO t VALUES (2)");
  EXPECT_EQ(raised([&] { execute("INSERT OR ROLLBACK INTO t VALUES (1)"); }).sqlstate, "23505");
  EXPECT_EQ(db().transaction_state(), TransactionState::kFailed);
  EXPECT_EQ(raised([&] { execute("INSERT INTO t VALUES (3)"); }).sqlstate, "25P02");
  EXPECT_THROW(db().commit(), Error);
  db().rollback();
  EXPECT_EQ(db().transaction_state(), TransactionState::kIdle);
  EXPECT_EQ(rows("SELECT id FROM t"), (std::vector<Row>{{1}}));
}

TEST_F(SqliteTransactions, that_are_managed_take_the_write_lock_at_once) {
  execute("CREATE TABLE t (id integer)");
  TransactionOptions options;
  options.managed = true;
  db().begin(options);
  const auto other = open_connection(database().url() + "?busy_timeout=0");
  EXPECT_EQ(raised([&] { other->execute("INSERT INTO t VALUES (1)"); }).sqlstate, "55P03");
  db().commit();
  EXPECT_EQ(other->execute("INSERT INTO t VALUES (1)"), 1);
}

TEST_F(SqliteTransactions, that_only_read_cannot_be_made_to_write_by_a_pragma) {
  execute("CREATE TABLE t (id integer)");
  TransactionOptions options;
  options.read_only = true;
  db().begin(options);
  EXPECT_EQ(raised([&] { execute("PRAGMA query_only = 0"); }).sqlstate, "25006");
  EXPECT_EQ(raised([&] { execute("INSERT INTO t VALUES (1)"); }).sqlstate, "25006");
  db().commit();
  execute("PRAGMA query_only = 0");
  EXPECT_EQ(execute("INSERT INTO t VALUES (1)"), 1);
}

}  // namespace
}  // namespace tide::test
