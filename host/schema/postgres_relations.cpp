#include "schema/postgres_catalog.h"
#include "schema/postgres_filters.h"

namespace tide {
namespace {

constexpr const char* kRelations = R"(
SELECT c.oid::int8,
  CASE c.relkind WHEN 'v' THEN 'views' WHEN 'm' THEN 'materialized_views' WHEN 'f' THEN 'foreign_tables' ELSE 'tables'
    END,
  )" TIDE_NAME("c.relnamespace", "c.relname") R"(,
  CASE WHEN c.relkind IN ('v', 'm') THEN rtrim(btrim(pg_get_viewdef(c.oid)), ';') END AS definition,
  NULLIF(c.relpersistence = 'u', false) AS unlogged,
  CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END AS partition_by,
  CASE WHEN c.relispartition THEN parents.names[1] END AS partition_of,
  pg_get_expr(c.relpartbound, c.oid) AS bound,
  CASE WHEN NOT c.relispartition THEN parents.names END AS inherits,
  (SELECT format_type(c.reloftype, NULL) WHERE c.reloftype <> 0) AS of_type,
  NULLIF(c.relrowsecurity, false) AS row_security,
  NULLIF(c.relforcerowsecurity, false) AS row_security_forced,
  CASE WHEN c.relkind IN ('r', 'p') THEN CASE c.relreplident WHEN 'f' THEN 'full' WHEN 'n' THEN 'nothing'
    WHEN 'i' THEN 'index' END END AS replica_identity,
  (SELECT array_agg(o ORDER BY o) FROM unnest(c.reloptions) o) AS options,
  (SELECT amname::text FROM pg_am am WHERE am.oid = c.relam AND c.relkind IN ('r', 'm') AND amname <> 'heap')
    AS access_method,
  (SELECT srvname::text FROM pg_foreign_table f JOIN pg_foreign_server s ON s.oid = f.ftserver WHERE f.ftrelid = c.oid)
    AS foreign_server,
  (SELECT f.ftoptions FROM pg_foreign_table f WHERE f.ftrelid = c.oid) AS foreign_options
FROM pg_class c
LEFT JOIN LATERAL (SELECT array_agg()" TIDE_RELATION_NAME("i.inhparent") R"( ORDER BY i.inhseqno) AS names
                   FROM pg_inherits i WHERE i.inhrelid = c.oid) parents ON true
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relnamespace IN )" TIDE_USER_SCHEMAS " AND " TIDE_NOT_OF_EXTENSION(
    "pg_class", "c.oid");

constexpr const char* kColumnsOfRelations = R"(
SELECT a.attnum::int8, a.attrelid::int8, a.attname::text, format_type(a.atttypid, a.atttypmod) AS type,
  NULLIF(a.attnotnull, false) AS not_null,
  CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END AS "default",
  CASE WHEN a.attgenerated <> '' THEN pg_get_expr(d.adbin, d.adrelid) END AS generated,
  CASE a.attgenerated WHEN 's' THEN 'stored' WHEN 'v' THEN 'virtual' END AS generation,
  CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END AS identity,
  NULLIF(concat_ws(' ', 'START WITH ' || NULLIF(s.seqstart, 1), 'INCREMENT BY ' || NULLIF(s.seqincrement, 1),
    'MINVALUE ' || NULLIF(s.seqmin, 1),
    CASE WHEN s.seqmax NOT IN (32767, 2147483647, 9223372036854775807) THEN 'MAXVALUE ' || s.seqmax END,
    'CACHE ' || NULLIF(s.seqcache, 1), CASE WHEN s.seqcycle THEN 'CYCLE' END), '') AS identity_options,
  CASE WHEN a.attcollation <> t.typcollation THEN
    (SELECT )" TIDE_NAME("collnamespace", "collname") R"( FROM pg_collation l WHERE l.oid = a.attcollation)
    END AS collation,
  CASE WHEN a.attstorage <> t.typstorage THEN CASE a.attstorage WHEN 'p' THEN 'plain' WHEN 'e' THEN 'external'
    WHEN 'm' THEN 'main' ELSE 'extended' END END AS storage,
  NULLIF(a.attinhcount > 0 AND NOT a.attislocal, false) AS inherited
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN LATERAL (
  SELECT q.* FROM pg_depend p JOIN pg_sequence q ON q.seqrelid = p.objid
  WHERE a.attidentity <> '' AND p.classid = 'pg_class'::regclass AND p.refclassid = 'pg_class'::regclass
    AND p.refobjid = a.attrelid AND p.refobjsubid = a.attnum AND p.deptype = 'i') s ON true
WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c')
  AND c.relnamespace IN )" TIDE_USER_SCHEMAS R"(
ORDER BY a.attrelid, a.attnum)";

#define TIDE_CONSTRAINT_COLUMNS(owner)                                                                          \
  "SELECT o.oid::int8, " owner                                                                                  \
  "::int8, o.conname::text, CASE o.contype WHEN 'p' THEN 'primary key' WHEN 'u' THEN 'unique' WHEN 'f' THEN "   \
  "'foreign key' WHEN 'c' THEN 'check' WHEN 'x' THEN 'exclude' END AS type, "                                   \
  "regexp_replace(pg_get_constraintdef(o.oid), ' NOT VALID$', '') AS definition, o.convalidated AS validated, " \
  "NULLIF(o.conparentid <> 0 OR (o.coninhcount > 0 AND NOT o.conislocal), false) AS inherited"

// Columns by their numbers, the other table by its id: the host knows their names.
constexpr const char* kConstraints = TIDE_CONSTRAINT_COLUMNS("o.conrelid") R"(,
  CASE WHEN o.contype IN ('p', 'u', 'f') THEN o.conkey::int4[] END AS columns,
  CASE WHEN o.contype = 'f' THEN o.confrelid::int8 END AS "references",
  CASE WHEN o.contype = 'f' THEN o.confkey::int4[] END AS referenced_columns
FROM pg_constraint o
WHERE o.conrelid <> 0 AND o.contype IN ('p', 'u', 'f', 'c', 'x') AND o.connamespace IN )" TIDE_USER_SCHEMAS;

constexpr const char* kDomainConstraints = TIDE_CONSTRAINT_COLUMNS("o.contypid") R"(
FROM pg_constraint o WHERE o.contypid <> 0 AND o.contype = 'c' AND o.connamespace IN )" TIDE_USER_SCHEMAS;

constexpr const char* kIndexes = R"(
SELECT i.indexrelid::int8, i.indrelid::int8, c.relname::text, pg_get_indexdef(i.indexrelid) AS definition,
  i.indisvalid AS valid, NULLIF(i.indisunique, false) AS "unique",
  o.conname::text AS "constraint",
  NULLIF(i.indisclustered, false) AS clustered, NULLIF(i.indisreplident, false) AS replica_identity,
  NULLIF(c.relispartition, false) AS inherited
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
LEFT JOIN pg_constraint o ON o.conindid = i.indexrelid AND o.contype IN ('p', 'u', 'x')
WHERE c.relnamespace IN )" TIDE_USER_SCHEMAS;

constexpr const char* kTriggers = R"(
SELECT t.oid::int8, t.tgrelid::int8, t.tgname::text, pg_get_triggerdef(t.oid) AS definition,
  )" TIDE_ENABLED("t.tgenabled") R"( AS enabled, NULLIF((to_jsonb(t)->>'tgparentid')::int8 > 0, false) AS inherited
FROM pg_trigger t WHERE NOT t.tgisinternal)";

constexpr const char* kPolicies = R"(
SELECT p.oid::int8, p.polrelid::int8, p.polname::text,
  CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE'
    ELSE 'ALL' END AS command,
  p.polpermissive AS permissive,
  (SELECT array_agg(r.name ORDER BY r.name) FROM (
     SELECT CASE r.oid WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(r.oid)) END AS name
     FROM unnest(p.polroles) r(oid)) r) AS roles,
  pg_get_expr(p.polqual, p.polrelid) AS "using", pg_get_expr(p.polwithcheck, p.polrelid) AS "check"
FROM pg_policy p)";

constexpr const char* kRules = R"(
SELECT r.oid::int8, r.ev_class::int8, r.rulename::text, rtrim(pg_get_ruledef(r.oid), ';') AS definition,
  )" TIDE_ENABLED("r.ev_enabled") R"( AS enabled
FROM pg_rewrite r WHERE r.rulename <> '_RETURN' AND r.oid >= 16384)";

constexpr const char* kStatistics = R"(
SELECT s.oid::int8, s.stxrelid::int8, s.stxname::text, pg_get_statisticsobjdef(s.oid) AS definition
FROM pg_statistic_ext s WHERE s.stxnamespace IN )" TIDE_USER_SCHEMAS;

constexpr const char* kSequences = R"(
SELECT c.oid::int8, 'sequences', )" TIDE_NAME("c.relnamespace", "c.relname") R"(,
  format_type(s.seqtypid, NULL) AS type, s.seqstart AS start, s.seqincrement AS increment, s.seqmin AS min,
  s.seqmax AS max, s.seqcache AS cache, NULLIF(s.seqcycle, false) AS cycle,
  (SELECT )" TIDE_RELATION_NAME("d.refobjid") R"( || '.' || quote_ident(a.attname)
   FROM pg_depend d JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
   WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_class'::regclass
     AND d.deptype = 'a') AS owned_by
FROM pg_class c JOIN pg_sequence s ON s.seqrelid = c.oid
WHERE c.relnamespace IN )" TIDE_USER_SCHEMAS R"(
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
                  AND d.deptype IN ('i', 'e')))";

}  // namespace

std::vector<CatalogQuery> postgres_relation_queries() {
  using About = CatalogQuery::About;
  return {
      {About::kObject, "pg_class", "", "", kSequences},
      {About::kObject, "pg_class", "", "", kRelations},
      {About::kPart, "pg_attribute", "pg_class", "columns", kColumnsOfRelations},
      {About::kPart, "pg_constraint", "pg_class", "constraints", kConstraints},
      {About::kPart, "pg_constraint", "pg_type", "constraints", kDomainConstraints},
      {About::kPart, "pg_class", "pg_class", "indexes", kIndexes},
      {About::kPart, "pg_trigger", "pg_class", "triggers", kTriggers},
      {About::kPart, "pg_policy", "pg_class", "policies", kPolicies},
      {About::kPart, "pg_rewrite", "pg_class", "rules", kRules},
      {About::kPart, "pg_statistic_ext", "pg_class", "statistics", kStatistics},
  };
}

}  // namespace tide
