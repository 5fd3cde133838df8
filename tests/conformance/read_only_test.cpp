#include <gtest/gtest.h>

#include "db/drivers.h"
#include "support/databases.h"
#include "support/pg_cluster.h"

// A session that was opened read-only: whatever is tried, nothing in the database changes.
namespace tide::test {
namespace {

ConnectOptions read_only() {
  ConnectOptions options;
  options.read_only = true;
  return options;
}

class ReadOnlySession : public PostgresTest {
 protected:
  ReadOnlySession() {
    execute("CREATE TABLE t (id integer PRIMARY KEY, note text)");
    execute("INSERT INTO t VALUES (1, 'one'), (2, 'two')");
    execute("CREATE SEQUENCE counter");
    execute("CREATE VIEW v AS SELECT * FROM t");
    execute(
        "CREATE FUNCTION add_row() RETURNS integer LANGUAGE sql AS 'INSERT INTO t VALUES (9, ''nine'') RETURNING id'");
    execute(
        "CREATE FUNCTION sneak() RETURNS void LANGUAGE plpgsql AS $$ BEGIN "
        "SET TRANSACTION READ WRITE; INSERT INTO t VALUES (9, 'nine'); END $$");
    execute("CREATE PROCEDURE leave() LANGUAGE plpgsql AS $$ BEGIN COMMIT; DELETE FROM t; END $$");
    reader_ = database().connect(read_only());
  }

  // What a write could have changed.
  std::string state() {
    return std::get<std::string>(
        value("SELECT (SELECT string_agg(id || note, ',' ORDER BY id) FROM t) || (SELECT last_value || '' || is_called "
              "FROM counter) || (SELECT count(*) FROM pg_class WHERE relnamespace <> 'pg_toast'::regnamespace) || "
              "(SELECT count(*) FROM pg_locks WHERE locktype = 'advisory') || (SELECT count(*) FROM "
              "pg_largeobject_metadata) || (SELECT count(*) FROM pg_roles) || (SELECT count(*) FROM pg_proc) || "
              "coalesce(obj_description('t'::regclass), '')")
            .data);
  }

  Connection& reader() { return *reader_; }

  // One statement after the other, each on what the one before left, as at a prompt.
  void attempt(const std::vector<std::string>& statements) {
    for (const std::string& text : statements) {
      try {
        reader().query(text)->close();
      } catch (const Error& error) {
        refused_ += error.message + "\n";
      }
    }
    if (reader().transaction_state() != TransactionState::kIdle) reader().rollback();
  }

  std::unique_ptr<Connection> reader_;
  std::string refused_;
};

const std::vector<std::vector<std::string>> kAttempts = {
    {"INSERT INTO t VALUES (3, 'three')"},
    {"UPDATE t SET note = 'x'"},
    {"DELETE FROM t"},
    {"MERGE INTO t USING (SELECT 1 AS id) s ON t.id = s.id WHEN MATCHED THEN DELETE"},
    {"UPDATE v SET note = 'x'"},
    {"TRUNCATE t"},
    {"WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone"},
    {"SELECT * INTO copied FROM t"},
    {"CREATE TABLE made (n integer)"},
    {"CREATE TABLE made AS SELECT 1 AS n"},
    {"CREATE TEMP TABLE made (n integer)"},
    {"CREATE INDEX ON t (note)"},
    {"ALTER TABLE t ADD COLUMN x integer"},
    {"DROP TABLE t CASCADE"},
    {"CREATE MATERIALIZED VIEW made AS SELECT 1 AS n"},
    {"COMMENT ON TABLE t IS 'changed'"},
    {"GRANT SELECT ON t TO PUBLIC"},
    {"CREATE ROLE intruder"},
    {"CREATE EXTENSION dblink"},
    {"CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS 'SELECT 1'"},
    {"SELECT add_row()"},
    {"SELECT sneak()"},
    {"CALL leave()"},
    {"DO $$ BEGIN DELETE FROM t; END $$"},
    {"DO $$ BEGIN COMMIT; DELETE FROM t; END $$"},
    {"DO $$ BEGIN EXECUTE 'SET TRANSACTION READ WRITE'; DELETE FROM t; END $$"},
    {"SELECT nextval('counter')"},
    {"SELECT setval('counter', 100)"},
    {"DO $$ BEGIN PERFORM pg_catalog.setval('counter', 100); END $$"},
    {"SELECT id FROM t FOR UPDATE"},
    {"LOCK TABLE t IN ACCESS EXCLUSIVE MODE"},
    {"SET default_transaction_read_only = off", "DELETE FROM t"},
    {"SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE", "DELETE FROM t"},
    {"SELECT set_config('default_transaction_read_only', 'off', false)", "DELETE FROM t"},
    {"SET TRANSACTION READ WRITE", "DELETE FROM t"},
    {"BEGIN", "SET TRANSACTION READ WRITE", "DELETE FROM t", "COMMIT"},
    {"BEGIN READ WRITE", "DELETE FROM t", "COMMIT"},
    {"BEGIN", "SELECT set_config('transaction_read_only', 'off', true)", "DELETE FROM t", "COMMIT"},
    {"START TRANSACTION READ WRITE", "COMMIT AND CHAIN", "DELETE FROM t", "COMMIT"},
    {"BEGIN", "ROLLBACK AND CHAIN", "SET TRANSACTION READ WRITE", "DELETE FROM t", "COMMIT"},
    {"BEGIN", "SAVEPOINT s", "SET TRANSACTION READ WRITE", "DELETE FROM t", "COMMIT"},
    {"PREPARE wipe AS DELETE FROM t", "EXECUTE wipe"},
    {"EXPLAIN ANALYZE DELETE FROM t"},
    {"REFRESH MATERIALIZED VIEW v"},
    {"REINDEX TABLE t"},
    {"VACUUM t"},
    {"ANALYZE t"},
    {"CLUSTER t USING t_pkey"},
    {"NOTIFY channel, 'x'"},
    {"SELECT pg_notify('channel', 'x')"},
    {"SELECT pg_advisory_lock(1)"},
    {"SELECT pg_catalog.pg_try_advisory_lock(1)"},
    {"SELECT lo_create(0)"},
    {"SELECT lo_from_bytea(0, 'x')"},
    {"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE false"},
    {"COPY t TO '/tmp/tide_read_only_test'"},
    {"COPY (SELECT 1) TO PROGRAM 'true'"},
    {"SELECT pg_switch_wal()"},
    // to a server with these settings the string ends earlier than to us, and more statements follow
    {"SET standard_conforming_strings = off", "SELECT '\\''; COMMIT; DELETE FROM t; --'"},
    {"SET standard_conforming_strings = off", "BEGIN", "SELECT '\\''; COMMIT; DELETE FROM t; --'"},
    {"SET ROLE postgres", "DELETE FROM t"},
};

TEST_F(ReadOnlySession, NothingThatIsTriedChangesAnything) {
  const std::string before = state();
  for (const auto& statements : kAttempts) {
    refused_.clear();
    attempt(statements);
    EXPECT_NE(refused_, "") << statements.back() << ": nothing was refused";
    EXPECT_EQ(state(), before) << statements.back();
  }
}

TEST_F(ReadOnlySession, WritesAreRefusedByTheServer) {
  for (const char* text : {"INSERT INTO t VALUES (3, 'x')", "DELETE FROM t", "CREATE TABLE made (n integer)",
                           "CREATE TEMP TABLE made (n integer)", "SELECT add_row()",
                           "WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone"}) {
    EXPECT_EQ(raised([&] { reader().query(text); }).sqlstate, "25006") << text;
  }
}

TEST_F(ReadOnlySession, LoadsAndDumpsAreReadOnlyToo) {
  EXPECT_EQ(raised([&] { reader().copy_in("t", {"id", "note"}); }).sqlstate, "25006");
  EXPECT_EQ(raised([&] { reader().copy_data("COPY t FROM STDIN", "7\tx\n"); }).sqlstate, "25006");
  std::string lines;
  const auto keep = [&](std::string_view line) { lines += line; };
  EXPECT_EQ(reader().copy_out("SELECT id, note FROM t ORDER BY id", {true}, keep), 2);
  EXPECT_EQ(lines, "id,note\n1,one\n2,two\n");
  raised([&] { reader().copy_out("DELETE FROM t RETURNING *", {false}, keep); });
  raised([&] { reader().copy_out("SELECT 1) TO STDOUT; DELETE FROM t; COPY (SELECT 1", {false}, keep); });
  EXPECT_EQ(value("SELECT count(*) FROM t"), Value(2));
}

TEST_F(ReadOnlySession, ReadsAsAnyOtherSessionDoes) {
  EXPECT_TRUE(reader().read_only());
  EXPECT_EQ(query_value(reader(), "SELECT count(*) FROM t"), Value(2));
  const auto first = reader().stream("SELECT id FROM t ORDER BY id");
  ASSERT_TRUE(first->next());
  const auto second = reader().stream("SELECT id FROM t ORDER BY id DESC");
  ASSERT_TRUE(second->next());
  ASSERT_TRUE(first->next());
  EXPECT_EQ(second->cell(0).integer + first->cell(0).integer, 4);
  first->close();
  second->close();
  EXPECT_EQ(reader().transaction_state(), TransactionState::kIdle);
}

TEST_F(ReadOnlySession, SettingsOfTheSessionStay) {
  reader().execute("SET search_path = pg_catalog");
  EXPECT_EQ(query_value(reader(), "SHOW search_path"), Value("pg_catalog"));
}

TEST_F(ReadOnlySession, ATransactionOfItsOwnIsReadOnlyAndCanBeEnded) {
  reader().execute("BEGIN ISOLATION LEVEL REPEATABLE READ");
  EXPECT_EQ(query_value(reader(), "SELECT count(*) FROM t"), Value(2));
  execute("INSERT INTO t VALUES (3, 'three')");
  EXPECT_EQ(query_value(reader(), "SELECT count(*) FROM t"), Value(2));
  reader().execute("COMMIT");
  EXPECT_EQ(query_value(reader(), "SELECT count(*) FROM t"), Value(3));
}

}  // namespace
}  // namespace tide::test
