#include "migrate/rehearsal_data.h"

#include <string_view>

#include "base/text.h"

namespace tide {
namespace {

struct TableShape {
  std::string name;                  // as it is known by
  std::string from;                  // as SQL names it
  std::vector<std::string> columns;  // sorted
};

Statement own(std::string sql) {
  Statement statement(std::move(sql));
  statement.internal = true;
  return statement;
}

constexpr const char* kPostgresColumns =
    "SELECT pg_catalog.format('%I.%I', n.nspname, c.relname), a.attname::text FROM pg_catalog.pg_class c "
    "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
    "LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped "
    "WHERE c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'tide') "
    "ORDER BY 1, a.attname";
constexpr const char* kSqliteColumns =
    "SELECT m.name, x.name FROM sqlite_master m JOIN pragma_table_xinfo(m.name) x "
    "WHERE m.type = 'table' AND m.name NOT GLOB 'sqlite_*' AND m.name NOT GLOB 'tide_*' "
    "AND m.sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY 1, 2";

std::vector<TableShape> shapes_of(Connection& connection, const std::optional<std::set<std::string>>& only) {
  const bool postgres = connection.info().engine == "postgres";
  std::vector<TableShape> shapes;
  for (const auto row = connection.query(own(postgres ? kPostgresColumns : kSqliteColumns)); row->next();) {
    const std::string name(row->cell(0).text);
    if (only && only->count(name) == 0) continue;
    if (shapes.empty() || shapes.back().name != name) {
      shapes.push_back({name, postgres ? name : connection.ident(name), {}});
    }
    if (row->cell(1).kind != Cell::Kind::kNull) shapes.back().columns.emplace_back(row->cell(1).text);
  }
  return shapes;
}

std::string list_of(Connection& connection, const TableShape& shape, const char* before, const char* behind) {
  std::vector<std::string> parts;
  for (const std::string& column : shape.columns) parts.push_back(cat(before, "t.", connection.ident(column), behind));
  return join(parts, ", ");
}

// Sums of hashes do not depend on the order; they are made where the rows are.
TableData read_postgres(Connection& connection, const TableShape& shape) {
  const std::string row = cat("ROW(", list_of(connection, shape, "", ""), ")::text COLLATE \"C\"");
  const std::string sums =
      list_of(connection, shape, "coalesce(sum(pg_catalog.hashtextextended(", "::text COLLATE \"C\", 0)), 0)::text");
  const auto found =
      connection.query(own(cat("SELECT count(*), coalesce(sum(pg_catalog.hashtextextended(", row, ", 0)), 0)::text",
                               sums.empty() ? "" : ", ", sums, " FROM ONLY ", shape.from, " t")));
  found->next();
  TableData data{found->cell(0).integer, std::string(found->cell(1).text), {}};
  for (std::size_t i = 0; i < shape.columns.size(); ++i) data.columns[shape.columns[i]] = found->cell(i + 2).text;
  return data;
}

constexpr std::string_view kEndOfCell("\0", 1);

// FNV-1a
std::uint64_t hash_of(std::string_view text, std::uint64_t hash = 14695981039346656037U) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  return hash;
}

TableData read_sqlite(Connection& connection, const TableShape& shape) {
  const std::string quoted = list_of(connection, shape, "quote(", ")");
  std::vector<std::uint64_t> sums(shape.columns.size(), 0);
  std::uint64_t all = 0;
  TableData data;
  for (const auto row = connection.stream(own(cat("SELECT ", quoted, " FROM ", shape.from, " t"))); row->next();) {
    std::uint64_t whole = 0;
    for (std::size_t i = 0; i < sums.size(); ++i) {
      const std::string_view cell = row->cell(i).text;
      sums[i] += hash_of(cell);
      whole = hash_of(kEndOfCell, hash_of(cell, whole));
    }
    all += whole;
    ++data.rows;
  }
  data.all = std::to_string(all);
  for (std::size_t i = 0; i < sums.size(); ++i) data.columns[shape.columns[i]] = std::to_string(sums[i]);
  return data;
}

std::string rows_text(std::int64_t rows) { return cat(rows, rows == 1 ? " row" : " rows"); }

bool same_columns(const TableData& a, const TableData& b) {
  if (a.columns.size() != b.columns.size()) return false;
  for (const auto& [name, digest] : a.columns) {
    if (b.columns.count(name) == 0) return false;
  }
  return true;
}

std::string difference(const std::string& table, const TableData& before, const TableData& after) {
  if (before.rows != after.rows) {
    return cat("table ", table, ": ", rows_text(before.rows), " before, ", rows_text(after.rows), " after down");
  }
  std::vector<std::string> columns;
  for (const auto& [name, digest] : before.columns) {
    if (after.columns.at(name) != digest) columns.push_back(name);
  }
  if (columns.empty()) return cat("table ", table, ": its values stand in other rows than before");
  return cat("table ", table, ": ", columns.size() == 1 ? "column " : "columns ", join(columns, ", "),
             columns.size() == 1 ? " does" : " do", " not hold what was there before (", rows_text(before.rows), ")");
}

}  // namespace

DataState read_data(Connection& connection, const std::optional<std::set<std::string>>& only) {
  const bool postgres = connection.info().engine == "postgres";
  DataState state;
  for (const TableShape& shape : shapes_of(connection, only)) {
    state[shape.name] = postgres ? read_postgres(connection, shape) : read_sqlite(connection, shape);
  }
  return state;
}

std::vector<std::string> data_differences(const DataState& before, const DataState& after,
                                          const std::optional<std::set<std::string>>& only) {
  std::vector<std::string> found;
  for (const auto& [table, data] : before) {
    if (only && only->count(table) == 0) continue;
    const auto now = after.find(table);
    if (now == after.end() || !same_columns(data, now->second) || data.all == now->second.all) continue;
    found.push_back(difference(table, data, now->second));
  }
  return found;
}

}  // namespace tide
