#include <future>

#include "backup/pg_tools.h"
#include "base/text.h"
#include "db/postgres_target.h"
#include "scratch/cluster.h"
#include "scratch/copy.h"
#include "tide/error.h"

namespace tide {
namespace {

std::vector<std::string> column_of(const BackupSession& session, const Statement& statement) {
  std::vector<std::string> texts;
  const auto rows = session->query(statement);
  while (rows->next()) texts.push_back(cell_text(rows->cell(0)));
  return texts;
}

void dump(const PgTool& tool, const PostgresTarget& from, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"--no-password", "--no-sync", cat("--dbname=", from.conninfo)});
  try {
    run_pg_tool(tool, arguments, from.env);
  } catch (Error& error) {
    if (error.kind != ErrorKind::kIo) throw;
    throw error.advise("tide rehearse --from-backup newest   needs no right to dump")
        .advise("GRANT pg_read_all_data TO the user, or rehearse as one who may read all tables (--url)");
  }
}

bool has_history(const BackupSession& source) {
  return source.text("SELECT pg_catalog.to_regclass('tide.migrations') IS NOT NULL") == "true";
}

}  // namespace

void load_schema(const BackupContext& context, const BackupSession& source, const std::string& target_url,
                 const ConnectionInfo& target, const std::string& database, const std::string& folder, bool own) {
  const int major = major_of(source->info().version);
  const PgTool tool = find_pg_tool("pg_dump", major, context.pg_bin);
  const PostgresTarget from = postgres_target(context.url, source->info(), source->info().database);
  const std::string schema = folder + "/schema.sql";
  const std::string history = folder + "/history.sql";
  std::vector<std::string> arguments = {"--schema-only", "--no-tablespaces", "--no-subscriptions",
                                        cat("--file=", schema)};
  if (!own) arguments.insert(arguments.end(), {"--no-owner", "--no-privileges", "--no-publications"});
  std::vector<std::string> files = {cat("--file=", schema)};
  if (has_history(source)) {
    auto dumping = std::async(std::launch::async, [&] { dump(tool, from, arguments); });
    dump(tool, from, {"--data-only", "--table=tide.*", cat("--file=", history)});
    dumping.get();
    files.push_back(cat("--file=", history));
  } else {
    dump(tool, from, arguments);
  }
  const PostgresTarget to = postgres_target(target_url, target, database);
  std::vector<std::string> load = {"--no-psqlrc",           "--quiet",
                                   "--no-password",         "--output=/dev/null",
                                   "--set=ON_ERROR_STOP=1", cat("--dbname=", to.conninfo)};
  load.insert(load.end(), files.begin(), files.end());
  run_pg_tool(find_pg_tool("psql", std::max(major, major_of(target.version)), context.pg_bin), load, to.env);
}

std::vector<std::string> statements_of_roles(const BackupSession& source) {
  return column_of(source, Statement(R"(
WITH ours AS (SELECT * FROM pg_catalog.pg_roles WHERE rolname !~ '^pg_' AND rolname <> $1),
statements(position, text) AS (
  SELECT 1, format('CREATE ROLE %I %s %s %s %s %s %s %s', rolname,
    CASE WHEN rolsuper THEN 'SUPERUSER' ELSE 'NOSUPERUSER' END,
    CASE WHEN rolinherit THEN 'INHERIT' ELSE 'NOINHERIT' END,
    CASE WHEN rolcreaterole THEN 'CREATEROLE' ELSE 'NOCREATEROLE' END,
    CASE WHEN rolcreatedb THEN 'CREATEDB' ELSE 'NOCREATEDB' END,
    CASE WHEN rolcanlogin THEN 'LOGIN' ELSE 'NOLOGIN' END,
    CASE WHEN rolreplication THEN 'REPLICATION' ELSE 'NOREPLICATION' END,
    CASE WHEN rolbypassrls THEN 'BYPASSRLS' ELSE 'NOBYPASSRLS' END) FROM ours
  UNION ALL
  SELECT 2, format('GRANT %I TO %I%s', g.rolname, o.rolname,
    CASE WHEN m.admin_option THEN ' WITH ADMIN OPTION' ELSE '' END)
  FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles g ON g.oid = m.roleid JOIN ours o ON o.oid = m.member
  UNION ALL
  SELECT 3, format('ALTER ROLE %I SET %I = %s', o.rolname, split_part(c, '=', 1),
    CASE WHEN lower(split_part(c, '=', 1)) IN ('search_path', 'temp_tablespaces', 'session_preload_libraries',
           'local_preload_libraries')
         THEN substr(c, strpos(c, '=') + 1) ELSE quote_literal(substr(c, strpos(c, '=') + 1)) END)
  FROM ours o, unnest(o.rolconfig) c)
SELECT text FROM statements ORDER BY position, text)",
                                     {Value(ScratchCluster::kSuperuser)}));
}

std::vector<std::string> missing_extensions(const BackupSession& source, const BackupSession& target) {
  const std::string used = source.text("SELECT coalesce(json_agg(extname), '[]')::text FROM pg_catalog.pg_extension");
  return column_of(target, Statement("SELECT e FROM json_array_elements_text($1::json) e WHERE e NOT IN "
                                     "(SELECT name FROM pg_catalog.pg_available_extensions) ORDER BY e",
                                     {Value(used)}));
}

}  // namespace tide
