#include "backup/pg_database.h"

#include <random>

#include "base/text.h"
#include "db/drivers.h"
#include "db/postgres_target.h"
#include "sys/digest.h"
#include "sys/process_identity.h"
#include "tide/error.h"

namespace tide {
namespace {

constexpr int kIcuSince = 150000;
constexpr int kOneLocaleSince = 170000;  // daticulocale became datlocale
constexpr int kForceSince = 130000;

std::string first_row_text(const BackupSession& session, const std::string& sql, const std::string& database) {
  return session.text(Statement(sql, {Value(database)}));
}

std::string host_mark(const std::string& host) { return sha256_hex(host).substr(0, 8); }

std::vector<std::string> column_of(const BackupSession& session, const Statement& statement) {
  std::vector<std::string> texts;
  const auto rows = session->query(statement);
  while (rows->next()) texts.push_back(cell_text(rows->cell(0)));
  return texts;
}

}  // namespace

std::string locale_clauses(const BackupSession& server, const std::string& like) {
  const int version = server->info().version_number;
  std::string provider;
  if (version >= kIcuSince) {
    const std::string column = version >= kOneLocaleSince ? "datlocale" : "daticulocale";
    const std::string builtin = version >= kOneLocaleSince
                                    ? " WHEN 'b' THEN format(' LOCALE_PROVIDER builtin BUILTIN_LOCALE %L', datlocale)"
                                    : "";
    provider = cat(" || CASE datlocprovider WHEN 'i' THEN format(' LOCALE_PROVIDER icu ICU_LOCALE %L', ", column, ")",
                   builtin, " ELSE '' END");
  }
  return first_row_text(server,
                        cat("SELECT format(' ENCODING %L LC_COLLATE %L LC_CTYPE %L', pg_encoding_to_char(encoding), "
                            "datcollate, datctype)",
                            provider, " FROM pg_catalog.pg_database WHERE datname = $1"),
                        like);
}

FreshDatabase::FreshDatabase(const BackupSession& server, std::string server_url, std::string name,
                             const std::string& like)
    : server_url_(std::move(server_url)), server_(server->info()), name_(std::move(name)) {
  const std::string clauses = like.empty() ? "" : locale_clauses(server, like);
  server->execute(cat("CREATE DATABASE ", server->ident(name_), " TEMPLATE template0", clauses));
}

FreshDatabase::~FreshDatabase() {
  if (kept_) return;
  try {
    drop_database(BackupSession(postgres_url(server_url_, server_, server_.database)), name_);
  } catch (const Error&) {
    return;  // the server is gone, or the next one sweeps it
  }
}

std::string FreshDatabase::url() const { return postgres_url(server_url_, server_, name_); }

bool has_database(const BackupSession& server, const std::string& name) {
  return !server.text(Statement("SELECT datname FROM pg_catalog.pg_database WHERE datname = $1", {Value(name)}))
              .empty();
}

void drop_database(const BackupSession& server, const std::string& name) {
  const bool force = server->info().version_number >= kForceSince;
  if (!force) {
    server->query(
        Statement("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", {Value(name)}));
  }
  server->execute(cat("DROP DATABASE IF EXISTS ", server->ident(name), force ? " WITH (FORCE)" : ""));
}

std::string why_no_database(const BackupSession& server) {
  if (server.text("SELECT pg_catalog.pg_is_in_recovery()") == "true") return "the server is a standby";
  const std::string may =
      server.text("SELECT rolsuper OR rolcreatedb FROM pg_catalog.pg_roles WHERE rolname = current_user");
  return may == "true" ? "" : cat("the user ", server->info().user, " may not create databases there (CREATEDB)");
}

std::string throwaway_name(const std::string& host, const std::string& purpose) {
  std::random_device random;
  return cat("tide_", purpose, "_", host_mark(host), "_", own_process_identity(), "_", random() % 10000);
}

void sweep_throwaways(const BackupSession& server, const std::string& host) {
  for (const char* purpose : {"verify", "restore", "rehearse"}) {
    const std::string prefix = cat("tide_", purpose, "_", host_mark(host), "_");
    const Statement ours(
        "SELECT datname::text FROM pg_catalog.pg_database WHERE pg_catalog.starts_with(datname::text, $1)",
        {Value(prefix)});
    for (const std::string& name : column_of(server, ours)) {
      const std::string rest = name.substr(prefix.size());
      if (!process_alive(rest.substr(0, rest.find('_')))) drop_database(server, name);
    }
  }
}

std::vector<std::string> properties_of_database(const BackupSession& server, const std::string& from,
                                                const std::string& to) {
  const std::vector<Value> names = {Value(from), Value(to)};
  return column_of(server, Statement(R"(
WITH d AS (SELECT * FROM pg_catalog.pg_database WHERE datname = $1),
statements(position, text) AS (
  SELECT 1, format('ALTER DATABASE %I OWNER TO %I', $2::text, pg_get_userbyid(datdba)) FROM d
  UNION ALL SELECT 2, format('ALTER DATABASE %I CONNECTION LIMIT %s', $2::text, datconnlimit) FROM d
            WHERE datconnlimit >= 0
  UNION ALL SELECT 3, format('COMMENT ON DATABASE %I IS %L', $2::text, shobj_description(oid, 'pg_database')) FROM d
            WHERE shobj_description(oid, 'pg_database') IS NOT NULL
  UNION ALL SELECT 4, format('REVOKE ALL ON DATABASE %I FROM PUBLIC', $2::text) FROM d WHERE datacl IS NOT NULL
  UNION ALL SELECT 5, format('GRANT %s ON DATABASE %I TO %s%s', a.privilege_type, $2::text,
              CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END,
              CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
            FROM d, aclexplode(d.datacl) a WHERE a.grantee <> d.datdba
  UNION ALL SELECT 6, format('ALTER %sDATABASE %I SET %I = %s',
              CASE s.setrole WHEN 0 THEN '' ELSE format('ROLE %I IN ', pg_get_userbyid(s.setrole)) END, $2::text,
              split_part(c, '=', 1),
              CASE WHEN lower(split_part(c, '=', 1)) IN ('search_path', 'temp_tablespaces', 'session_preload_libraries',
                     'local_preload_libraries', 'unix_socket_directories')
                   THEN substr(c, strpos(c, '=') + 1) ELSE quote_literal(substr(c, strpos(c, '=') + 1)) END)
            FROM d JOIN pg_catalog.pg_db_role_setting s ON s.setdatabase = d.oid, unnest(s.setconfig) c)
SELECT text FROM statements ORDER BY position, text)",
                                     names));
}

}  // namespace tide
