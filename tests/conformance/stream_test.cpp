#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "support/databases.h"

namespace tide::test {
namespace {

// AddressSanitizer keeps freed memory for a while, so that there the process grows whatever the code does.
std::int64_t resident_bytes() {
#ifdef __SANITIZE_ADDRESS__
  return 0;
#else
  std::int64_t total = 0;
  std::int64_t resident = 0;
  std::ifstream("/proc/self/statm") >> total >> resident;
  return resident * sysconf(_SC_PAGESIZE);
#endif
}

class Stream : public EngineTest {
 protected:
  std::vector<std::int64_t> ids(Cursor& cursor) {
    std::vector<std::int64_t> found;
    while (cursor.next()) found.push_back(cursor.cell(0).integer);
    return found;
  }
  static std::vector<std::int64_t> one_to(std::int64_t n) {
    std::vector<std::int64_t> ids;
    for (std::int64_t i = 1; i <= n; ++i) ids.push_back(i);
    return ids;
  }
  // 300,000 rows with long texts.
  std::unique_ptr<Cursor> stream_big() {
    execute("CREATE TABLE big (id integer PRIMARY KEY, note text)");
    execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) INSERT INTO big SELECT i, "
        "'a text that is long enough to be seen in a measurement of the memory of a process, number ' || i FROM n");
    return db().stream("SELECT id, note FROM big ORDER BY id");
  }
};
TIDE_ON_BOTH_ENGINES(Stream);

TEST_P(Stream, gives_names_and_every_row_in_order) {
  make_numbered("t", 25000);
  const auto cursor = db().stream("SELECT id, note FROM t ORDER BY id");
  EXPECT_EQ(cursor->names(), (std::vector<std::string>{"id", "note"}));
  for (int i = 1; i <= 25000; ++i) {
    ASSERT_TRUE(cursor->next());
    ASSERT_EQ(row_of(*cursor), (Row{i, "note " + std::to_string(i)}));
  }
  EXPECT_FALSE(cursor->next());
  EXPECT_FALSE(cursor->next());
  EXPECT_EQ(db().transaction_state(), TransactionState::kIdle);
}

TEST_P(Stream, without_rows_has_names_and_ends_at_once) {
  const auto cursor = db().stream("SELECT 1 AS a WHERE 1 = 0");
  EXPECT_EQ(cursor->names(), (std::vector<std::string>{"a"}));
  EXPECT_FALSE(cursor->next());
}

TEST_P(Stream, lets_queries_and_writes_run_between_two_rows) {
  make_numbered("t", 3000);
  execute("CREATE TABLE copies (id integer, total bigint)");
  const auto cursor = db().stream("SELECT id FROM t ORDER BY id");
  for (std::int64_t i = 1; cursor->next(); ++i) {
    ASSERT_EQ(cursor->cell(0).integer, i);
    if (i % 100 != 0) continue;
    execute(sql("INSERT INTO copies VALUES ($1, $2)", i, value("SELECT count(*) FROM t")));
    ASSERT_EQ(cursor->cell(0).integer, i) << "the current row must stay readable";
  }
  EXPECT_EQ(count("copies"), 30);
}

TEST_P(Stream, does_not_see_what_is_written_to_its_own_table_meanwhile) {
  make_numbered("t", 500);
  const auto cursor = db().stream("SELECT id FROM t");
  std::int64_t read = 0;
  while (cursor->next() && read < 5000) {
    ++read;
    execute(sql("INSERT INTO t VALUES ($1, 'new')", 100000 + read));
    execute(sql("DELETE FROM t WHERE id = $1", 501 - read));
  }
  EXPECT_EQ(read, 500);
  EXPECT_EQ(count("t"), 500);
}

TEST_P(Stream, keeps_the_views_of_the_current_row_while_other_statements_run) {
  make_numbered("t", 100);
  const auto cursor = db().stream("SELECT id, note FROM t ORDER BY id");
  ASSERT_TRUE(cursor->next());
  const std::string_view note = cursor->cell(1).text;
  execute("UPDATE t SET note = 'changed'");
  EXPECT_EQ(note, "note 1");
  ASSERT_TRUE(cursor->next());
  EXPECT_EQ(held(*cursor, 1), Value("note 2"));
}

TEST_P(Stream, lets_its_table_be_dropped_while_it_reads) {
  make_numbered("t", 5000);
  const auto cursor = db().stream("SELECT id FROM t ORDER BY id");
  ASSERT_TRUE(cursor->next());
  execute("DROP TABLE t");
  EXPECT_EQ(ids(*cursor).size(), 4999U);
}

TEST_P(Stream, runs_beside_another_stream_of_the_same_text) {
  make_numbered("t", 12000);
  const auto first = db().stream("SELECT id FROM t ORDER BY id");
  const auto second = db().stream("SELECT id FROM t ORDER BY id");
  for (std::int64_t i = 1; i <= 12000; ++i) {
    ASSERT_TRUE(first->next());
    ASSERT_TRUE(second->next());
    ASSERT_EQ(first->cell(0).integer, i);
    ASSERT_EQ(second->cell(0).integer, i);
  }
  EXPECT_FALSE(first->next());
  EXPECT_FALSE(second->next());
}

TEST_P(Stream, may_be_left_early_and_the_connection_goes_on) {
  make_numbered("t", 20000);
  for (int round = 0; round < 3; ++round) {
    const auto cursor = db().stream("SELECT id FROM t ORDER BY id");
    ASSERT_TRUE(cursor->next());
    cursor->close();
    cursor->close();
    EXPECT_FALSE(cursor->next());
  }
  db().stream("SELECT id FROM t")->next();
  EXPECT_EQ(db().transaction_state(), TransactionState::kIdle);
  EXPECT_EQ(execute("DROP TABLE t"), 0);
}

TEST_P(Stream, inside_a_transaction_sees_its_writes_and_ends_with_it) {
  make_numbered("t", 10);
  db().begin();
  execute("INSERT INTO t VALUES (11, 'mine')");
  {
    const auto cursor = db().stream("SELECT id FROM t ORDER BY id");
    EXPECT_EQ(ids(*cursor), one_to(11));
  }
  db().rollback();
  EXPECT_EQ(count("t"), 10);
}

TEST_P(Stream, that_began_outside_goes_on_over_transactions_inside_the_loop) {
  make_numbered("t", 15000);
  execute("CREATE TABLE done (id integer)");
  const auto cursor = db().stream("SELECT id FROM t ORDER BY id");
  std::int64_t read = 0;
  while (cursor->next()) {
    ASSERT_EQ(cursor->cell(0).integer, ++read);
    if (read % 1000 != 0) continue;
    db().begin();
    execute(sql("INSERT INTO done VALUES ($1)", read));
    read % 2000 == 0 ? db().rollback() : db().commit();
  }
  EXPECT_EQ(read, 15000);
  EXPECT_EQ(count("done"), 8);
}

TEST_P(Stream, of_a_statement_that_cannot_run_raises_what_query_raises) {
  const auto read = [&] { all_rows(*db().stream("SELECT nope FROM missing")); };
  EXPECT_EQ(raised(read).sqlstate, "42P01");
  EXPECT_EQ(value("SELECT 1"), Value(1));
}

TEST_P(Stream, of_a_statement_that_fails_midway_raises_and_never_ends_as_if_complete) {
  make_numbered("t", 30000);
  const char* fails = postgres()
                          ? "SELECT id, 1 / (id - 25000) FROM t ORDER BY id"
                          : "SELECT id, CASE id WHEN 25000 THEN abs(-9223372036854775807 - 1) END FROM t ORDER BY id";
  std::unique_ptr<Cursor> cursor;
  std::int64_t read = 0;
  const Error error = raised([&] {
    cursor = db().stream(fails);
    while (cursor->next()) ++read;
  });
  EXPECT_EQ(error.kind, ErrorKind::kSql);
  EXPECT_LT(read, 25000);
  if (cursor) {
    EXPECT_FALSE(cursor->next());
  }
  EXPECT_EQ(db().transaction_state(), TransactionState::kIdle);
  EXPECT_EQ(value("SELECT 1"), Value(1));
}

TEST_P(Stream, of_a_write_with_returning_gives_its_rows) {
  execute("CREATE TABLE t (id integer)");
  const auto cursor = db().stream("INSERT INTO t VALUES (1), (2), (3) RETURNING id");
  EXPECT_EQ(ids(*cursor), one_to(3));
  EXPECT_EQ(count("t"), 3);
}

TEST_P(Stream, of_300000_rows_takes_constant_memory) {
  const auto cursor = stream_big();
  ASSERT_TRUE(cursor->next());
  const std::int64_t before = resident_bytes();
  std::int64_t read = 1;
  std::int64_t characters = 0;
  std::int64_t most = before;
  while (cursor->next()) {
    ++read;
    characters += static_cast<std::int64_t>(cursor->cell(1).text.size());
    if (read % 10000 == 0) most = std::max(most, resident_bytes());
  }
  EXPECT_EQ(read, 300000);
  EXPECT_GT(characters, 25'000'000);
  EXPECT_LT(most - before, 12'000'000);
}

TEST_P(Stream, of_300000_rows_takes_constant_memory_also_when_its_table_is_written_to) {
  const auto cursor = stream_big();
  ASSERT_TRUE(cursor->next());
  const std::int64_t before = resident_bytes();
  execute("UPDATE big SET note = '' WHERE id > 299000");
  EXPECT_LT(resident_bytes() - before, 16'000'000);
  std::int64_t read = 1;
  std::string last;
  while (cursor->next()) {
    ++read;
    if (read == 300000) last = cursor->cell(1).text;
  }
  EXPECT_EQ(read, 300000);
  EXPECT_NE(last, "");
  EXPECT_LT(resident_bytes() - before, 16'000'000);
}

class SqliteStreams : public SqliteTest {};

TEST_F(SqliteStreams, survive_the_rollback_of_a_transaction_that_began_before_them) {
  execute("CREATE TABLE t (id integer)");
  execute("INSERT INTO t VALUES (1), (2)");
  db().begin();
  execute("INSERT INTO t VALUES (3)");
  const auto cursor = db().stream("SELECT id FROM t ORDER BY id");
  ASSERT_TRUE(cursor->next());
  db().rollback();
  EXPECT_EQ(all_rows(*cursor), (std::vector<Row>{{2}, {3}}));
}

TEST_F(SqliteStreams, outlive_their_connection) {
  auto connection = database().connect();
  const auto cursor = connection->stream("SELECT 1 UNION ALL SELECT 2");
  connection.reset();
  EXPECT_EQ(all_rows(*cursor), (std::vector<Row>{{1}, {2}}));
}

TEST_F(SqliteStreams, that_fail_midway_fail_also_when_a_write_came_between) {
  execute("CREATE TABLE t (id integer PRIMARY KEY)");
  execute(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000) INSERT INTO t SELECT i FROM n");
  const auto cursor =
      db().stream("SELECT id, CASE id WHEN 25000 THEN abs(-9223372036854775807 - 1) END FROM t ORDER BY id");
  ASSERT_TRUE(cursor->next());
  execute("DELETE FROM t WHERE id > 100");
  std::int64_t read = 1;
  const Error error = raised([&] {
    while (cursor->next()) ++read;
  });
  EXPECT_EQ(error.kind, ErrorKind::kSql);
  EXPECT_EQ(read, 24999);
  EXPECT_FALSE(cursor->next());
}

}  // namespace
}  // namespace tide::test
