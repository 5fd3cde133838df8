#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "db/drivers.h"
#include "support/temp_dir.h"
#include "tide/connection.h"

namespace tide::test {

using Row = std::vector<Value>;

// A statement with its values: sql("... $1 ... $2", 7, "x").
template <class... Values>
Statement sql(std::string text, Values... values) {
  return Statement(std::move(text), std::vector<Value>{Value(std::move(values))...});
}

// A cell of the current row, as the value it stands for.
Value held(Cursor& cursor, std::size_t column);
Row row_of(Cursor& cursor);
std::vector<Row> all_rows(Cursor& cursor);
std::vector<Row> query_rows(Connection& connection, const Statement& statement);
// The first column of the first row; fails the test when there is no row.
Value query_value(Connection& connection, const Statement& statement);

// What `action` raises; fails the test when it raises nothing.
Error raised(const std::function<void()>& action);

// A fresh, empty database of one engine, gone with the object.
class TestDatabase {
 public:
  explicit TestDatabase(const std::string& engine);  // "postgres" or "sqlite"
  ~TestDatabase();
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;

  const std::string& url() const { return url_; }
  // On SQLite without waiting for the disk at every commit.
  std::unique_ptr<Connection> connect(const ConnectOptions& options = {}) const;

 private:
  std::optional<TempDir> directory_;
  std::string postgres_name_;
  std::string url_;
};

// A test that runs once on each engine, on a database and a connection of its own.
class EngineTest : public testing::TestWithParam<std::string> {
 protected:
  EngineTest() : database_(GetParam()), connection_(database_.connect()) {}

  bool postgres() const { return GetParam() == "postgres"; }
  Connection& db() { return *connection_; }
  const TestDatabase& database() const { return database_; }
  std::unique_ptr<Connection> connect(const ConnectOptions& options = {}) const { return database_.connect(options); }

  std::int64_t execute(const Statement& statement) { return db().execute(statement); }
  std::vector<Row> rows(const Statement& statement) { return query_rows(db(), statement); }
  Value value(const Statement& statement) { return query_value(db(), statement); }
  std::int64_t count(const std::string& table);
  // A table `name` (id integer PRIMARY KEY, note text) with the ids 1 to n and the notes "note 1" to "note n".
  void make_numbered(const std::string& name, int n);
  const char* bytes_type() const { return postgres() ? "bytea" : "blob"; }

 private:
  TestDatabase database_;
  std::unique_ptr<Connection> connection_;
};

// The same for what only one engine has.
template <const char* const& kEngine>
class OneEngineTest : public testing::Test {
 protected:
  OneEngineTest() : database_(kEngine), connection_(database_.connect()) {}

  Connection& db() { return *connection_; }
  const TestDatabase& database() const { return database_; }
  std::int64_t execute(const Statement& statement) { return db().execute(statement); }
  std::vector<Row> rows(const Statement& statement) { return query_rows(db(), statement); }
  Value value(const Statement& statement) { return query_value(db(), statement); }

 private:
  TestDatabase database_;
  std::unique_ptr<Connection> connection_;
};
extern const char* const kPostgres;
extern const char* const kSqlite;
using PostgresTest = OneEngineTest<kPostgres>;
using SqliteTest = OneEngineTest<kSqlite>;

#define TIDE_ON_BOTH_ENGINES(suite)                                                       \
  INSTANTIATE_TEST_SUITE_P(On, suite, testing::Values(std::string("postgres"), "sqlite"), \
                           [](const auto& parameter) { return parameter.param; })

}  // namespace tide::test
