#include "lint/facts.h"

#include <functional>
#include <memory>

#include "base/text.h"
#include "lint/pg_query.h"

namespace tide {
namespace {

constexpr const char* kRelations = R"(
SELECT w.name, format('%s.%s', '"' || replace(n.nspname, '"', '""') || '"', '"' || replace(c.relname, '"', '""') || '"'),
  c.oid::bigint, c.relkind::text, coalesce(i.indrelid, 0)::bigint, c.relkind = 'p',
  CASE WHEN c.relkind = 'p' THEN (SELECT sum(greatest(p.reltuples, 0)) FROM pg_partition_tree(c.oid) t
    JOIN pg_class p ON p.oid = t.relid WHERE t.isleaf) ELSE c.reltuples END::float8,
  CASE WHEN c.relkind = 'p' THEN (SELECT coalesce(sum(pg_table_size(t.relid)), 0)::bigint FROM pg_partition_tree(c.oid) t
    WHERE t.isleaf) WHEN c.relkind IN ('r', 'm') THEN pg_table_size(c.oid) ELSE 0 END
FROM unnest($1::text[]) AS w(name)
JOIN pg_class c ON c.oid = to_regclass(w.name)
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_index i ON i.indexrelid = c.oid)";

constexpr const char* kColumns = R"(
SELECT attrelid::bigint, attname::text, format_type(atttypid, atttypmod), attnotnull
FROM pg_attribute WHERE attrelid = ANY ($1::bigint[]) AND attnum > 0 AND NOT attisdropped)";

constexpr const char* kIndexes = R"(
SELECT i.indrelid::bigint, c.relname::text, i.indpred IS NOT NULL,
  ARRAY(SELECT coalesce(a.attname::text, '') FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k(number, place)
    LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number AND k.number > 0 ORDER BY k.place)
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = ANY ($1::bigint[]) AND i.indisvalid)";

constexpr const char* kChecks = R"(
SELECT conrelid::bigint, conname::text, pg_get_expr(conbin, conrelid), convalidated
FROM pg_constraint WHERE conrelid = ANY ($1::bigint[]) AND contype = 'c')";

constexpr const char* kFunctions =
    "SELECT proname::text, bool_or(provolatile = 'v') FROM pg_proc WHERE proname = ANY ($1::text[]) GROUP BY 1";

constexpr const char* kPartitionKeys = R"(
SELECT p.partrelid::bigint, coalesce(a.attname::text, '')
FROM pg_partitioned_table p CROSS JOIN unnest(p.partattrs::int2[]) WITH ORDINALITY AS k(number, place)
LEFT JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = k.number AND k.number > 0
WHERE p.partrelid = ANY ($1::bigint[]) ORDER BY p.partrelid, k.place)";

using Tables = std::map<std::int64_t, std::pair<std::string, TableFacts>>;  // by id, with the name
using Indexes = std::vector<std::pair<std::int64_t, std::string>>;          // the table's id, the index

std::string text_at(Cursor& row, std::size_t column) { return std::string(row.cell(column).text); }

void each_row(Connection& connection, const char* sql, std::vector<Value> values,
              const std::function<void(Cursor&)>& take) {
  Statement statement(sql, std::move(values));
  statement.internal = true;
  const std::unique_ptr<Cursor> rows = connection.query(statement);
  while (rows->next()) take(*rows);
}

void read_relation(Cursor& row, Facts& facts, Tables& tables, Indexes& indexes) {
  const std::string name = text_at(row, 1);
  facts.names[text_at(row, 0)] = name;
  if (const std::int64_t table = row.cell(4).integer; table != 0) {
    indexes.emplace_back(table, name);
    return;
  }
  TableFacts& table = tables[row.cell(2).integer].second;
  tables[row.cell(2).integer].first = name;
  table.partitioned = row.cell(5).boolean;
  const Cell rows = row.cell(6);
  if (rows.kind == Cell::Kind::kFloat) table.rows = rows.real;
  table.bytes = row.cell(7).integer;
}

Value ids_of(const Tables& tables) {
  Array ids;
  for (const auto& [id, table] : tables) ids.emplace_back(id);
  return Value(std::move(ids));
}

std::vector<std::string> texts(const Value& array) {
  std::vector<std::string> out;
  for (const Value& item : std::get<Array>(array.data)) out.push_back(std::get<std::string>(item.data));
  return out;
}

void read_parts(Connection& connection, Tables& tables) {
  const Value ids = ids_of(tables);
  const auto table_at = [&](Cursor& row) -> TableFacts& { return tables[row.cell(0).integer].second; };
  each_row(connection, kColumns, {ids}, [&](Cursor& row) {
    table_at(row).columns[text_at(row, 1)] = text_at(row, 2);
    if (row.cell(3).boolean) table_at(row).not_null.insert(text_at(row, 1));
  });
  each_row(connection, kIndexes, {ids}, [&](Cursor& row) {
    table_at(row).indexes[text_at(row, 1)] = {texts(row.array(3)), row.cell(2).boolean};
  });
  each_row(connection, kChecks, {ids}, [&](Cursor& row) {
    const ParsedSql parsed = parse_postgres(cat("SELECT ", text_at(row, 2)));
    const auto targets = Node(&parsed.tree).as("SelectStmt").list("targetList");
    const Node expression = targets.empty() ? Node() : targets.front().as("ResTarget")["val"];
    table_at(row).checks.push_back(check_facts(text_at(row, 1), expression, row.cell(3).boolean));
  });
  each_row(connection, kPartitionKeys, {ids},
           [&](Cursor& row) { table_at(row).partition_key.push_back(text_at(row, 1)); });
}

// `column IS NOT NULL`, alone or beside other conditions.
void collect_not_null(const Node& expression, std::set<std::string>& columns) {
  if (const Node test = expression.as("NullTest"); test && test.text("nulltesttype") == "IS_NOT_NULL") {
    const auto fields = names_of(test["arg"].as("ColumnRef").list("fields"));
    if (fields.size() == 1) columns.insert(fields.front());
  }
  if (const Node terms = expression.as("BoolExpr"); terms.text("boolop") == "AND_EXPR") {
    for (const Node& term : terms.list("args")) collect_not_null(term, columns);
  }
}

// The tables of indexes that a statement names on their own.
void read_owners(Connection& connection, const Indexes& indexes, Facts& facts, Tables& tables) {
  Array ids;
  for (const auto& [table, index] : indexes) ids.emplace_back(table);
  std::set<std::string> owners;
  const char* sql = "SELECT oid::bigint, oid::regclass::text FROM pg_class WHERE oid = ANY ($1::bigint[])";
  each_row(connection, sql, {Value(std::move(ids))}, [&](Cursor& row) { owners.insert(text_at(row, 1)); });
  Array names(owners.begin(), owners.end());
  Indexes none;
  each_row(connection, kRelations, {Value(std::move(names))},
           [&](Cursor& row) { read_relation(row, facts, tables, none); });
  for (const auto& [table, index] : indexes) {
    if (const auto owner = tables.find(table); owner != tables.end()) facts.indexes[index] = owner->second.first;
  }
}

}  // namespace

CheckFacts check_facts(std::string name, const Node& expression, bool validated) {
  CheckFacts check{std::move(name), {}, {}, validated};
  collect_not_null(expression, check.not_null);
  expression.walk([&](const std::string& tag, const Node& body) {
    if (tag != "ColumnRef") return;
    const auto fields = names_of(body.list("fields"));
    if (!fields.empty()) check.columns.insert(fields.back());
  });
  return check;
}

std::string quoted_name(std::string_view schema, std::string_view name) {
  const auto quoted = [](std::string_view text) {
    std::string out = "\"";
    for (const char c : text) out += c == '"' ? "\"\"" : std::string(1, c);
    return out + "\"";
  };
  return schema.empty() ? quoted(name) : cat(quoted(schema), ".", quoted(name));
}

Facts read_facts(Connection& connection, const NamesAsked& names) {
  Facts facts;
  facts.known = true;
  facts.server = connection.info().version_number;
  each_row(connection,
           "SELECT coalesce(current_schema()::text, 'public'), "
           "current_setting('TimeZone') IN ('UTC', 'Etc/UTC', 'GMT', 'Etc/GMT')",
           {}, [&](Cursor& row) {
             facts.schema = text_at(row, 0);
             facts.utc = row.cell(1).boolean;
           });
  Tables tables;
  Indexes indexes;
  each_row(connection, kRelations, {Value(Array(names.relations.begin(), names.relations.end()))},
           [&](Cursor& row) { read_relation(row, facts, tables, indexes); });
  if (!indexes.empty()) read_owners(connection, indexes, facts, tables);
  read_parts(connection, tables);
  each_row(connection, kFunctions, {Value(Array(names.functions.begin(), names.functions.end()))},
           [&](Cursor& row) { facts.functions[text_at(row, 0)] = row.cell(1).boolean; });
  for (auto& [id, table] : tables) facts.tables[table.first] = std::move(table.second);
  return facts;
}

}  // namespace tide
