#include "migrate/unfinished.h"

namespace tide {

namespace {

constexpr const char* kPostgres = R"(
SELECT 'invalid index ' || n.nspname || '.' || c.relname
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT i.indisvalid AND c.relkind = 'i' AND n.nspname NOT LIKE 'pg\_%'
UNION ALL
SELECT 'constraint ' || n.nspname || '.' || c.relname || '.' || o.conname || ', not validated'
FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT o.convalidated
ORDER BY 1)";

}  // namespace

std::vector<std::string> unfinished_objects(Connection& connection) {
  std::vector<std::string> objects;
  if (connection.info().engine != "postgres") return objects;
  Statement statement(kPostgres);
  statement.internal = true;
  for (const auto rows = connection.query(statement); rows->next();) objects.emplace_back(rows->cell(0).text);
  return objects;
}

}  // namespace tide
