#include "schema/postgres_catalog.h"
#include "schema/postgres_filters.h"

namespace tide {
namespace {

constexpr const char* kSchemas = R"(
SELECT n.oid::int8, 'schemas', quote_ident(n.nspname)
FROM pg_namespace n WHERE n.oid IN )" TIDE_USER_SCHEMAS " AND " TIDE_NOT_OF_EXTENSION("pg_namespace", "n.oid");

constexpr const char* kExtensions = R"(
SELECT e.oid::int8, 'extensions', quote_ident(e.extname), quote_ident(n.nspname) AS schema, e.extversion AS version
FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace)";

constexpr const char* kEnums = R"(
SELECT t.oid::int8, 'enums', )" TIDE_NAME("t.typnamespace", "t.typname") R"(,
  (SELECT array_agg(e.enumlabel::text ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid) AS labels
FROM pg_type t WHERE t.typtype = 'e' AND t.typnamespace IN )" TIDE_USER_SCHEMAS " AND " TIDE_NOT_OF_EXTENSION("pg_type",
                                                                                                              "t.oid");

constexpr const char* kDomains = R"(
SELECT t.oid::int8, 'domains', )" TIDE_NAME("t.typnamespace", "t.typname") R"(,
  format_type(t.typbasetype, t.typtypmod) AS type, NULLIF(t.typnotnull, false) AS not_null,
  pg_get_expr(t.typdefaultbin, 0) AS "default",
  (SELECT )" TIDE_NAME("collnamespace", "collname") R"( FROM pg_collation l JOIN pg_type b ON b.oid = t.typbasetype
   WHERE l.oid = t.typcollation AND t.typcollation <> b.typcollation) AS collation
FROM pg_type t WHERE t.typtype = 'd' AND t.typnamespace IN )" TIDE_USER_SCHEMAS
                                                    " AND " TIDE_NOT_OF_EXTENSION("pg_type", "t.oid");

constexpr const char* kCompositeTypes = R"(
SELECT c.oid::int8, 'types', )" TIDE_NAME("c.relnamespace", "c.relname") R"(
FROM pg_class c WHERE c.relkind = 'c' AND c.relnamespace IN )" TIDE_USER_SCHEMAS " AND " TIDE_NOT_OF_EXTENSION(
    "pg_type", "c.reltype");

constexpr const char* kRanges = R"(
SELECT t.oid::int8, 'ranges', )" TIDE_NAME("t.typnamespace", "t.typname") R"(,
  format_type(r.rngsubtype, NULL) AS subtype,
  (SELECT )" TIDE_NAME("opcnamespace", "opcname") R"( FROM pg_opclass o WHERE o.oid = r.rngsubopc AND NOT o.opcdefault)
    AS opclass,
  (SELECT )" TIDE_NAME("collnamespace", "collname") R"( FROM pg_collation l JOIN pg_type b ON b.oid = r.rngsubtype
   WHERE l.oid = r.rngcollation AND l.oid <> b.typcollation) AS collation,
  NULLIF(r.rngcanonical, 0)::regproc::text AS canonical, NULLIF(r.rngsubdiff, 0)::regproc::text AS subtype_diff
FROM pg_type t JOIN pg_range r ON r.rngtypid = t.oid
WHERE t.typtype = 'r' AND t.typnamespace IN )" TIDE_USER_SCHEMAS " AND " TIDE_NOT_OF_EXTENSION("pg_type", "t.oid");

constexpr const char* kFunctions = R"(
SELECT p.oid::int8, 'functions', )" TIDE_NAME("p.pronamespace", "p.proname") R"( || '(' ||
    oidvectortypes(p.proargtypes) || ')',
  CASE p.prokind WHEN 'f' THEN 'function' WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'window' END AS type,
  pg_get_function_result(p.oid) AS returns,
  CASE WHEN p.prokind = 'a' THEN (
    SELECT format('CREATE AGGREGATE %s(%s) (SFUNC = %s, STYPE = %s%s%s)', )" TIDE_NAME("p.pronamespace",
                                                                                       "p.proname") R"(,
      CASE WHEN p.pronargs = 0 THEN '*' ELSE pg_get_function_arguments(p.oid) END, a.aggtransfn,
      format_type(a.aggtranstype, NULL), ', FINALFUNC = ' || NULLIF(a.aggfinalfn, 0)::regproc::text,
      ', INITCOND = ' || quote_literal(a.agginitval))
    FROM pg_aggregate a WHERE a.aggfnoid = p.oid AND a.aggkind = 'n' AND a.aggmtransfn = 0 AND a.aggcombinefn = 0
      AND a.aggsortop = 0)
  ELSE rtrim(pg_get_functiondef(p.oid), E'\n') END AS definition
FROM pg_proc p
WHERE p.pronamespace IN )" TIDE_USER_SCHEMAS " AND " TIDE_NOT_OF_EXTENSION("pg_proc", "p.oid") R"(
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid
                  AND d.deptype = 'i'))";

constexpr const char* kEventTriggers = R"(
SELECT e.oid::int8, 'event_triggers', quote_ident(e.evtname), e.evtevent::text AS event,
  e.evtfoid::regproc::text AS function, )" TIDE_ENABLED("e.evtenabled") R"( AS enabled, e.evttags AS tags
FROM pg_event_trigger e WHERE )" TIDE_NOT_OF_EXTENSION("pg_event_trigger", "e.oid");

// A type of rows is its table, an array type the type of its elements, a multirange its range: what uses the one needs
// the other.
constexpr const char* kRowTypes = R"(
SELECT t.oid::int8, 'pg_class', t.typrelid::int8 FROM pg_type t
WHERE t.typtype = 'c' AND t.typnamespace IN )" TIDE_USER_SCHEMAS;
constexpr const char* kArrayTypes = R"(
SELECT t.oid::int8, 'pg_type', t.typelem::int8 FROM pg_type t
WHERE t.typcategory = 'A' AND t.typelem <> 0 AND t.typnamespace IN )" TIDE_USER_SCHEMAS;
constexpr const char* kDefaults = R"(
SELECT d.oid::int8, 'pg_class', d.adrelid::int8 FROM pg_attrdef d)";
constexpr const char* kViewRules = R"(
SELECT r.oid::int8, 'pg_class', r.ev_class::int8 FROM pg_rewrite r
WHERE r.rulename = '_RETURN' AND r.oid >= 16384)";

// Foreign keys, triggers and policies are made last and hold up nothing.
constexpr const char* kUseRows = R"(
SELECT c.relname::text, u.objid::int8, r.relname::text, u.refobjid::int8
FROM (SELECT DISTINCT d.classid, d.objid, d.refclassid, d.refobjid FROM pg_depend d
      WHERE d.deptype = 'n' AND d.objid >= 16384 AND d.refobjid >= 16384
        AND d.classid NOT IN ('pg_trigger'::regclass, 'pg_policy'::regclass)
        AND d.refclassid <> 'pg_namespace'::regclass
        AND NOT (d.classid = 'pg_constraint'::regclass
                 AND d.objid IN (SELECT o.oid FROM pg_constraint o WHERE o.contype = 'f'))) u
JOIN pg_class c ON c.oid = u.classid JOIN pg_class r ON r.oid = u.refclassid)";

constexpr const char* kComments = R"(
SELECT d.classoid::regclass::text, d.objoid::int8, d.objsubid::int8, d.description AS comment
FROM pg_description d WHERE d.objoid >= 16384)";

#define TIDE_GRANTS(acl, kind, owner)                                                                         \
  "pg_get_userbyid(" owner                                                                                    \
  ")::text AS owner, (SELECT array_agg(g.line ORDER BY g.line) FROM (SELECT CASE x.grantee WHEN 0 THEN "      \
  "'PUBLIC' ELSE quote_ident(pg_get_userbyid(x.grantee)) END || ': ' || string_agg(x.privilege_type || CASE " \
  "WHEN x.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END, ', ' ORDER BY x.privilege_type) AS line FROM "  \
  "aclexplode(coalesce(" acl ", acldefault(" kind ", " owner "))) x WHERE x.grantee <> " owner                \
  " GROUP BY x.grantee) g) AS grants"

constexpr const char* kSchemaGrants =
    "SELECT oid::int8, " TIDE_GRANTS("nspacl", "'n'", "nspowner") " FROM pg_namespace";
constexpr const char* kRelationGrants =
    "SELECT oid::int8, " TIDE_GRANTS("relacl", "CASE relkind WHEN 'S' THEN 's'::\"char\" ELSE 'r' END",
                                     "relowner") " FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND "
                                                 "relnamespace IN " TIDE_USER_SCHEMAS;
constexpr const char* kFunctionGrants = "SELECT oid::int8, " TIDE_GRANTS(
    "proacl", "'f'", "proowner") " FROM pg_proc WHERE pronamespace IN " TIDE_USER_SCHEMAS;
constexpr const char* kTypeGrants =
    "SELECT oid::int8, " TIDE_GRANTS("typacl", "'T'", "typowner") " FROM pg_type WHERE typtype IN ('d', 'e', 'r', "
                                                                  "'c') AND typnamespace IN " TIDE_USER_SCHEMAS;
constexpr const char* kColumnGrants =
    "SELECT 'pg_class', a.attrelid::int8, a.attnum::int8, (SELECT array_agg(g.line ORDER BY g.line) FROM (SELECT CASE "
    "x.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(x.grantee)) END || ': ' || "
    "string_agg(x.privilege_type || CASE WHEN x.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END, ', ' ORDER BY "
    "x.privilege_type) AS line FROM aclexplode(a.attacl) x GROUP BY x.grantee) g) AS grants FROM pg_attribute a WHERE "
    "a.attacl IS NOT NULL";

}  // namespace

std::vector<CatalogQuery> postgres_object_queries() {
  using About = CatalogQuery::About;
  return {
      {About::kObject, "pg_namespace", "", "", kSchemas},
      {About::kObject, "pg_extension", "", "", kExtensions},
      {About::kObject, "pg_type", "", "", kEnums},
      {About::kObject, "pg_type", "", "", kDomains},
      {About::kObject, "pg_class", "", "", kCompositeTypes},
      {About::kObject, "pg_type", "", "", kRanges},
      {About::kObject, "pg_proc", "", "", kFunctions},
      {About::kObject, "pg_event_trigger", "", "", kEventTriggers},
  };
}

std::vector<CatalogQuery> postgres_link_queries() {
  using About = CatalogQuery::About;
  return {
      {About::kAlias, "pg_type", "", "", kRowTypes},
      {About::kAlias, "pg_type", "", "", kArrayTypes},
      {About::kAlias, "pg_attrdef", "", "", kDefaults},
      {About::kAlias, "pg_rewrite", "", "", kViewRules},
      {About::kUse, "", "", "", kUseRows},
      {About::kComment, "", "", "", kComments},
  };
}

std::vector<CatalogQuery> postgres_grant_queries() {
  using About = CatalogQuery::About;
  return {
      {About::kProperties, "pg_namespace", "", "", kSchemaGrants},
      {About::kProperties, "pg_class", "", "", kRelationGrants},
      {About::kProperties, "pg_proc", "", "", kFunctionGrants},
      {About::kProperties, "pg_type", "", "", kTypeGrants},
      {About::kComment, "", "", "", kColumnGrants},
  };
}

}  // namespace tide
