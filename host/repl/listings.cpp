#include "repl/describe.h"

namespace tide {
namespace {

// \dt, \dv ...: relations of some kinds.
#define TIDE_RELATIONS(kinds, more, join)                                                                           \
  "SELECT n.nspname AS \"Schema\", c.relname AS \"Name\", CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN "      \
  "'partitioned table' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'i' THEN 'index' WHEN 'I' THEN " \
  "'partitioned index' WHEN 'S' THEN 'sequence' WHEN 'f' THEN 'foreign table' END AS \"Type\", "                    \
  "pg_catalog.pg_get_userbyid(c.relowner) AS \"Owner\"" more                                                        \
  " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace" join                       \
  " WHERE c.relkind IN (" kinds                                                                                     \
  ") AND c.relname LIKE $1 AND n.nspname LIKE $2 AND ($2 <> '%' OR (n.nspname !~ '^pg_' AND n.nspname <> "          \
  "'information_schema' AND pg_catalog.pg_table_is_visible(c.oid))) ORDER BY 1, 2"

#define TIDE_SIZE                                                                                             \
  ", pg_catalog.pg_size_pretty(pg_catalog.pg_total_relation_size(c.oid)) AS \"Size\", greatest(c.reltuples, " \
  "0)::bigint AS \"Rows (about)\", coalesce(pg_catalog.obj_description(c.oid, 'pg_class'), '') AS \"Description\""

#define TIDE_INDEX_TABLE ", i.indrelid::regclass::text AS \"Table\""
#define TIDE_INDEX_JOIN " JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid"
#define TIDE_INDEX_MORE                                                                                        \
  TIDE_INDEX_TABLE                                                                                             \
  ", pg_catalog.pg_size_pretty(pg_catalog.pg_relation_size(c.oid)) AS \"Size\", "                              \
  "pg_catalog.pg_stat_get_numscans(c.oid) AS \"Scans\", CASE WHEN i.indisvalid THEN '' ELSE 'INVALID' END AS " \
  "\"State\""

#define TIDE_SQLITE(type)                                                                                   \
  "SELECT name AS \"Name\", type AS \"Type\", tbl_name AS \"Table\" FROM sqlite_master WHERE type = '" type \
  "' AND name LIKE $1 AND $2 = $2 AND name NOT GLOB 'sqlite_*' ORDER BY name"

#define TIDE_FUNCTIONS(more)                                                                                         \
  "SELECT n.nspname AS \"Schema\", p.proname AS \"Name\", pg_catalog.pg_get_function_result(p.oid) AS \"Result\", "  \
  "pg_catalog.pg_get_function_arguments(p.oid) AS \"Arguments\", CASE p.prokind WHEN 'a' THEN 'aggregate' WHEN 'w' " \
  "THEN 'window' WHEN 'p' THEN 'procedure' ELSE 'function' END AS \"Type\"" more                                     \
  " FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace WHERE p.proname LIKE $1 AND " \
  "n.nspname LIKE $2 AND ($1 <> '%' OR $2 <> '%' OR (n.nspname !~ '^pg_' AND n.nspname <> 'information_schema')) "   \
  "ORDER BY 1, 2, 4"

}  // namespace

const std::vector<Listing>& listings() {
  static const std::vector<Listing> all = {
      {"d", "relations", TIDE_RELATIONS("'r','p','v','m','S','f'", "", ""),
       TIDE_RELATIONS("'r','p','v','m','S','f'", TIDE_SIZE, ""),
       "SELECT name AS \"Name\", type AS \"Type\" FROM sqlite_master WHERE type IN ('table', 'view') AND name LIKE $1 "
       "AND $2 = $2 AND name NOT GLOB 'sqlite_*' ORDER BY name"},
      {"dt", "tables", TIDE_RELATIONS("'r','p'", "", ""), TIDE_RELATIONS("'r','p'", TIDE_SIZE, ""),
       TIDE_SQLITE("table")},
      {"di", "indexes", TIDE_RELATIONS("'i','I'", TIDE_INDEX_TABLE, TIDE_INDEX_JOIN),
       TIDE_RELATIONS("'i','I'", TIDE_INDEX_MORE, TIDE_INDEX_JOIN), TIDE_SQLITE("index")},
      {"dv", "views", TIDE_RELATIONS("'v'", "", ""),
       TIDE_RELATIONS("'v'", ", pg_catalog.pg_get_viewdef(c.oid, true) AS \"Definition\"", ""), TIDE_SQLITE("view")},
      {"dm", "materialized views", TIDE_RELATIONS("'m'", "", ""), TIDE_RELATIONS("'m'", TIDE_SIZE, ""), nullptr},
      {"ds", "sequences", TIDE_RELATIONS("'S'", "", ""), nullptr, nullptr},
      {"df", "functions", TIDE_FUNCTIONS(""), TIDE_FUNCTIONS(", p.prosrc AS \"Source\""), nullptr},
      {"dn", "schemas",
       "SELECT nspname AS \"Name\", pg_catalog.pg_get_userbyid(nspowner) AS \"Owner\" FROM pg_catalog.pg_namespace "
       "WHERE nspname LIKE $1 AND $2 = $2::text AND ($1 <> '%' OR (nspname !~ '^pg_' AND nspname <> "
       "'information_schema')) ORDER BY 1",
       nullptr, nullptr},
      {"du", "roles",
       "SELECT r.rolname AS \"Role\", concat_ws(', ', CASE WHEN r.rolsuper THEN 'superuser' END, CASE WHEN "
       "r.rolcreatedb THEN 'create database' END, CASE WHEN r.rolcreaterole THEN 'create role' END, CASE WHEN "
       "r.rolreplication THEN 'replication' END, CASE WHEN NOT r.rolcanlogin THEN 'cannot log in' END, CASE WHEN "
       "r.rolbypassrls THEN 'bypasses row security' END) AS \"Attributes\", (SELECT coalesce(string_agg(b.rolname, ', "
       "' "
       "ORDER BY 1), '') FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles b ON b.oid = m.roleid WHERE "
       "m.member = r.oid) AS \"Member of\" FROM pg_catalog.pg_roles r WHERE r.rolname LIKE $1 AND $2 = $2::text AND "
       "($1 <> '%' OR r.rolname !~ '^pg_') ORDER BY 1",
       nullptr, nullptr},
      {"dx", "extensions",
       "SELECT e.extname AS \"Name\", e.extversion AS \"Version\", n.nspname AS \"Schema\", "
       "coalesce(pg_catalog.obj_description(e.oid, 'pg_extension'), '') AS \"Description\" FROM "
       "pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace WHERE e.extname LIKE $1 "
       "AND $2 = $2::text ORDER BY 1",
       nullptr, nullptr},
      {"l", "databases",
       "SELECT datname AS \"Name\", pg_catalog.pg_get_userbyid(datdba) AS \"Owner\", "
       "pg_catalog.pg_encoding_to_char(encoding) AS \"Encoding\", datcollate AS \"Collate\" FROM "
       "pg_catalog.pg_database WHERE datname LIKE $1 AND $2 = $2::text ORDER BY 1",
       "SELECT datname AS \"Name\", pg_catalog.pg_get_userbyid(datdba) AS \"Owner\", "
       "pg_catalog.pg_encoding_to_char(encoding) AS \"Encoding\", datcollate AS \"Collate\", CASE WHEN "
       "pg_catalog.has_database_privilege(datname, 'CONNECT') THEN "
       "pg_catalog.pg_size_pretty(pg_catalog.pg_database_size(datname)) ELSE '' END AS \"Size\" FROM "
       "pg_catalog.pg_database WHERE datname LIKE $1 AND $2 = $2::text ORDER BY 1",
       "SELECT name AS \"Name\", file AS \"File\" FROM pragma_database_list WHERE name LIKE $1 AND $2 = $2"},
  };
  return all;
}

}  // namespace tide
