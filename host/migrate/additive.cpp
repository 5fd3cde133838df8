#include "migrate/additive.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>

#include "base/text.h"

namespace tide {

namespace {

constexpr const char* kPostgresCatalog = R"(
WITH user_namespaces AS (
  SELECT oid, nspname FROM pg_namespace
  WHERE nspname NOT LIKE 'pg\_%' AND nspname NOT IN ('information_schema', 'tide')
), relations AS (
  SELECT c.oid, c.relkind, n.nspname || '.' || c.relname AS name
  FROM pg_class c JOIN user_namespaces n ON n.oid = c.relnamespace
)
SELECT CASE relkind WHEN 'i' THEN 'index' WHEN 'I' THEN 'index' WHEN 'S' THEN 'sequence' WHEN 'v' THEN 'view'
                    WHEN 'm' THEN 'materialized view' WHEN 'c' THEN 'type' ELSE 'table' END AS kind, name, '' AS detail
FROM relations WHERE relkind <> 't'
UNION ALL
SELECT 'column', r.name || '.' || a.attname,
       format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
FROM pg_attribute a JOIN relations r ON r.oid = a.attrelid AND r.relkind IN ('r', 'p', 'v', 'm', 'f', 'c')
WHERE a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT 'constraint', r.name || '.' || o.conname, '' FROM pg_constraint o JOIN relations r ON r.oid = o.conrelid
UNION ALL
SELECT 'trigger', r.name || '.' || t.tgname, '' FROM pg_trigger t JOIN relations r ON r.oid = t.tgrelid
WHERE NOT t.tgisinternal
UNION ALL
SELECT 'policy', r.name || '.' || p.polname, '' FROM pg_policy p JOIN relations r ON r.oid = p.polrelid
UNION ALL
SELECT 'function', n.nspname || '.' || f.proname || '(' || pg_get_function_identity_arguments(f.oid) || ')', ''
FROM pg_proc f JOIN user_namespaces n ON n.oid = f.pronamespace
UNION ALL
SELECT 'type', n.nspname || '.' || t.typname, '' FROM pg_type t JOIN user_namespaces n ON n.oid = t.typnamespace
WHERE t.typtype IN ('d', 'e', 'r')
UNION ALL
SELECT 'enum label', n.nspname || '.' || t.typname || '.' || e.enumlabel, ''
FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid JOIN user_namespaces n ON n.oid = t.typnamespace
UNION ALL
SELECT 'extension', extname, '' FROM pg_extension
UNION ALL
SELECT 'schema', nspname, '' FROM user_namespaces)";

constexpr const char* kSqliteCatalog = R"(
SELECT type AS kind, name, '' AS detail FROM sqlite_master
WHERE name NOT LIKE 'sqlite\_%' ESCAPE '\' AND name NOT LIKE 'tide\_%' ESCAPE '\'
UNION ALL
SELECT 'column', m.name || '.' || c.name, lower(c.type) || CASE WHEN c."notnull" THEN ' not null' ELSE '' END
FROM sqlite_master m JOIN pragma_table_info(m.name) c
WHERE m.type IN ('table', 'view') AND m.name NOT LIKE 'sqlite\_%' ESCAPE '\' AND m.name NOT LIKE 'tide\_%' ESCAPE '\')";

constexpr std::string_view kNotNull = " not null";

struct ColumnType {
  std::string base;  // "character varying", "numeric"
  int size = -1;     // length or digits; -1 = unlimited
  int fraction = 0;
  bool not_null = false;
};

ColumnType parse_type(std::string_view detail) {
  ColumnType type;
  type.not_null = ends_with(detail, kNotNull);
  if (type.not_null) detail.remove_suffix(kNotNull.size());
  const auto open = detail.find('(');
  type.base = std::string(detail.substr(0, open));
  if (open == std::string_view::npos) return type;
  const std::string digits(detail.substr(open + 1));
  char* end = nullptr;
  type.size = static_cast<int>(std::strtol(digits.c_str(), &end, 10));
  if (*end == ',') type.fraction = static_cast<int>(std::strtol(end + 1, &end, 10));
  // what follows the parenthesis belongs to the name: "timestamp(3) with time zone"
  if (*end == ')') type.base += end + 1;
  return type;
}

bool takes_all_of(const ColumnType& to, const ColumnType& from) {
  if (to.base == from.base) {
    if (to.size < 0) return true;
    return from.size >= 0 && to.fraction >= from.fraction && to.size - to.fraction >= from.size - from.fraction;
  }
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kWider = {{
      {"smallint", "integer"},
      {"smallint", "bigint"},
      {"integer", "bigint"},
      {"real", "double precision"},
      {"character varying", "text"},
      {"character", "text"},
      {"json", "jsonb"},
  }};
  return std::any_of(kWider.begin(), kWider.end(),
                     [&](const auto& pair) { return pair.first == from.base && pair.second == to.base; });
}

}  // namespace

Catalog read_catalog(Connection& connection) {
  Statement statement(connection.info().engine == "sqlite" ? kSqliteCatalog : kPostgresCatalog);
  statement.internal = true;
  Catalog catalog;
  for (const auto rows = connection.query(statement); rows->next();) {
    const std::string key = cat(rows->cell(0).text, " ", rows->cell(1).text);
    catalog[key] = std::string(rows->cell(2).text);
  }
  return catalog;
}

std::vector<std::string> find_losses(const Catalog& before, const Catalog& after) {
  std::vector<std::string> losses;
  for (const auto& [name, detail] : before) {
    const auto found = after.find(name);
    if (found == after.end()) {
      losses.push_back(cat(name, " is gone"));
      continue;
    }
    if (found->second == detail) continue;
    const ColumnType from = parse_type(detail);
    const ColumnType to = parse_type(found->second);
    if (to.not_null && !from.not_null) losses.push_back(cat(name, " no longer takes NULL"));
    if (!takes_all_of(to, from)) losses.push_back(cat(name, " was ", detail, ", is ", found->second));
  }
  return losses;
}

}  // namespace tide
