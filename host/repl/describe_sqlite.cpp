#include "repl/describe.h"

namespace tide {

const std::vector<DescribePart>& sqlite_parts() {
  static const std::vector<DescribePart> parts = {
      {"", R"(SELECT name AS "Column", type AS "Type", CASE WHEN "notnull" THEN 'not null' ELSE '' END AS "Nullable",
  coalesce(dflt_value, CASE hidden WHEN 2 THEN 'generated' WHEN 3 THEN 'generated, stored' ELSE '' END) AS "Default",
  CASE WHEN pk > 0 THEN pk ELSE '' END AS "Key" FROM pragma_table_xinfo($1))"},
      {"View definition", "SELECT sql FROM sqlite_master WHERE name = $1 AND type = 'view'"},
      {"Indexes",
       R"(SELECT l.name || CASE WHEN l.origin = 'pk' THEN ' PRIMARY KEY' WHEN l."unique" THEN ' UNIQUE' ELSE '' END || ' ('
  || (SELECT group_concat(coalesce(i.name, 'expression'), ', ') FROM pragma_index_info(l.name) i) || ')'
  || CASE WHEN l.partial THEN ' ' || substr(m.sql, instr(upper(m.sql), ' WHERE ') + 1) ELSE '' END
FROM pragma_index_list($1) l LEFT JOIN sqlite_master m ON m.name = l.name ORDER BY l.name)"},
      {"Foreign-key constraints",
       R"(SELECT '(' || group_concat("from", ', ') || ') REFERENCES ' || "table" || coalesce('(' || group_concat("to", ', ')
  || ')', '') || ' ON UPDATE ' || on_update || ' ON DELETE ' || on_delete FROM pragma_foreign_key_list($1) GROUP BY id)"},
      {"Referenced by",
       R"(SELECT m.name || ' (' || f."from" || ')' FROM sqlite_master m, pragma_foreign_key_list(m.name) f
WHERE m.type = 'table' AND f."table" = $1 ORDER BY m.name)"},
      {"Triggers", "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = $1 ORDER BY name"},
      {"Definition",
       "SELECT sql FROM sqlite_master WHERE name = $1 AND type IN ('table', 'index') AND sql IS NOT NULL"},
  };
  return parts;
}

}  // namespace tide
