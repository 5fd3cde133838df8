#include "support/databases.h"

#include <atomic>

#include "support/pg_cluster.h"

namespace tide::test {

const char* const kPostgres = "postgres";
const char* const kSqlite = "sqlite";

Value held(Cursor& cursor, std::size_t column) {
  const Cell cell = cursor.cell(column);
  switch (cell.kind) {
    case Cell::Kind::kNull:
      return Null{};
    case Cell::Kind::kBool:
      return cell.boolean;
    case Cell::Kind::kInteger:
      return cell.integer;
    case Cell::Kind::kFloat:
      return cell.real;
    case Cell::Kind::kNumeric:
      return Numeric{std::string(cell.text)};
    case Cell::Kind::kText:
      return std::string(cell.text);
    case Cell::Kind::kBytes:
      return Bytes{std::string(cell.text)};
    case Cell::Kind::kArray:
      return cursor.array(column);
  }
  ADD_FAILURE() << "a cell of no known kind";
  return Null{};
}

Row row_of(Cursor& cursor) {
  Row row;
  for (std::size_t i = 0; i < cursor.names().size(); ++i) row.push_back(held(cursor, i));
  return row;
}

std::vector<Row> all_rows(Cursor& cursor) {
  std::vector<Row> rows;
  while (cursor.next()) rows.push_back(row_of(cursor));
  return rows;
}

std::vector<Row> query_rows(Connection& connection, const Statement& statement) {
  return all_rows(*connection.query(statement));
}

Value query_value(Connection& connection, const Statement& statement) {
  const auto cursor = connection.query(statement);
  if (cursor->next()) return held(*cursor, 0);
  ADD_FAILURE() << "no row from " << statement.sql;
  return Null{};
}

Error raised(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "nothing was raised";
  return Error(ErrorKind::kInternal, "nothing was raised");
}

TestDatabase::TestDatabase(const std::string& engine) {
  static std::atomic<int> made{0};
  if (engine == kSqlite) {
    directory_.emplace();
    url_ = "sqlite:" + (*directory_ / "test.db");
  } else {
    postgres_name_ = "conformance_" + std::to_string(++made);
    url_ = shared_cluster().create_database(postgres_name_);
  }
}

TestDatabase::~TestDatabase() {
  if (!postgres_name_.empty()) shared_cluster().drop_database(postgres_name_);
}

std::unique_ptr<Connection> TestDatabase::connect(const ConnectOptions& options) const {
  auto connection = open_connection(url_, options);
  if (directory_) {
    Statement unsynced("PRAGMA synchronous = off");
    unsynced.internal = true;
    connection->execute(unsynced);
  }
  return connection;
}

std::int64_t EngineTest::count(const std::string& table) {
  return std::get<std::int64_t>(value("SELECT count(*) FROM " + table).data);
}

void EngineTest::make_numbered(const std::string& name, int n) {
  execute("CREATE TABLE " + name + " (id integer PRIMARY KEY, note text)");
  execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " + std::to_string(n) +
          ") INSERT INTO " + name + " SELECT i, 'note ' || i FROM n WHERE i <= " + std::to_string(n));
}

}  // namespace tide::test
