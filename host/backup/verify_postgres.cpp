#include <algorithm>
#include <set>
#include <thread>

#include "backup/pg_database.h"
#include "backup/pg_tools.h"
#include "backup/table_messages.h"
#include "backup/verify.h"
#include "base/text.h"
#include "sys/files.h"
#include "tide/error.h"

namespace tide {
namespace {

constexpr unsigned kMostJobs = 4;
constexpr std::string_view kTableLine = "processing data for table \"";
constexpr std::string_view kPlainBegin = "-- PostgreSQL database dump";
constexpr std::string_view kPlainEnd = "-- PostgreSQL database dump complete";
constexpr std::size_t kPlainEdge = 8192;

Error refused(const std::string& why) { return Error(ErrorKind::kVerify, why); }

// The major version of the pg_dump that wrote it: an older pg_restore cannot read its archives.
int dumped_by(const Manifest& manifest) {
  for (const auto& [name, version] : manifest.tools) {
    if (name == "pg_dump") return major_of(version);
  }
  return 0;
}

// Passes over the text once and looks at both ends of it.
void read_plain(const std::string& path) {
  std::string begin;
  std::string end;
  std::vector<char> buffer;
  Directory(parent_directory(path)).read(base_name(path), buffer, [&](std::string_view piece) {
    if (begin.size() < kPlainEdge) begin.append(piece.substr(0, kPlainEdge));
    end.append(piece);
    if (end.size() > 2 * kPlainEdge) end.erase(0, end.size() - kPlainEdge);
  });
  if (begin.find(kPlainBegin) == std::string::npos) throw refused("its text is no dump of PostgreSQL");
  if (end.find(kPlainEnd) == std::string::npos) throw refused("its text stops before the end of the dump");
}

void tell(const BackupContext& context, const StoredBackup& backup, TableMessages& position, std::string_view piece) {
  const std::size_t before = position.begun();
  position.read(piece);
  if (position.begun() == before) return;
  context.progress(cat("restore ", backup.label, position.text()), static_cast<std::int64_t>(position.begun()),
                   static_cast<std::int64_t>(backup.manifest->tables.size()));
}

// A failure of the program is the backup's fault here, and only of the program when it is not there.
void run_or_refuse(const PgTool& tool, const std::vector<std::string>& arguments,
                   const std::vector<std::pair<std::string, std::string>>& env, const char* what,
                   const std::function<void(OutputStream, std::string_view)>& on_output = {}) {
  try {
    run_pg_tool(tool, arguments, env, on_output);
  } catch (const Error& error) {
    if (error.kind != ErrorKind::kIo) throw;
    Error refusal = refused(cat(what, ": ", error.message));
    refusal.cause = std::make_shared<Error>(error);
    throw refusal;
  }
}

std::string why_incomplete(const Manifest& manifest) {
  if (manifest.data_only) return "it holds rows only, and an empty database has no tables for them";
  if (manifest.selected && manifest.format == BackupFormat::kPlain) {
    return "it holds some tables only, as text: what they refer to is not there";
  }
  return "";
}

void make_schemas(const BackupSession& session, const Manifest& manifest) {
  std::set<std::string> schemas;
  for (const TableRows& table : manifest.tables) schemas.insert(table.schema);
  for (const std::string& schema : schemas)
    session->execute(cat("CREATE SCHEMA IF NOT EXISTS ", session->ident(schema)));
}

}  // namespace

void verify_readable(const BackupContext& context, const StoredBackup& backup) {
  const Manifest& manifest = *backup.manifest;
  if (manifest.format == BackupFormat::kPlain) return read_plain(backup.data_path());
  const PgTool tool = find_pg_tool("pg_restore", dumped_by(manifest), context.pg_bin);
  run_or_refuse(tool, {"--file=/dev/null", backup.data_path()}, {}, "it cannot be read to its end");
}

void load_postgres(const BackupContext& context, const StoredBackup& backup, const std::string& server_url,
                   const ConnectionInfo& server, const std::string& database, bool strict) {
  const Manifest& manifest = *backup.manifest;
  const PostgresTarget target = postgres_target(server_url, server, database);
  const std::string connect = cat("--dbname=", target.conninfo);
  const int major = std::max(dumped_by(manifest), major_of(server.version));
  if (manifest.format == BackupFormat::kPlain) {
    run_or_refuse(find_pg_tool("psql", major, context.pg_bin),
                  {"--no-psqlrc", "--quiet", "--no-password", "--output=/dev/null", "--set=ON_ERROR_STOP=1", connect,
                   cat("--file=", backup.data_path())},
                  target.env, "it cannot be restored");
    return;
  }
  const unsigned jobs = std::clamp(std::thread::hardware_concurrency(), 1U, kMostJobs);
  std::vector<std::string> arguments = {"--exit-on-error", "--no-password", "--verbose", cat("--jobs=", jobs), connect};
  if (!strict) {
    arguments.insert(arguments.end(), {"--no-owner", "--no-privileges", "--no-publications", "--no-subscriptions"});
    // what other tables they refer to is not there
    if (manifest.selected) arguments.insert(arguments.end(), {"--section=pre-data", "--section=data"});
  }
  arguments.push_back(backup.data_path());
  TableMessages position(kTableLine, manifest.tables.size());
  run_or_refuse(find_pg_tool("pg_restore", major, context.pg_bin), arguments, target.env, "it cannot be restored",
                [&](OutputStream stream, std::string_view piece) {
                  if (stream == OutputStream::kErr) tell(context, backup, position, piece);
                });
}

std::string verify_restored_postgres(const BackupContext& context, const StoredBackup& backup,
                                     const VerifyOptions& options) {
  const Manifest& manifest = *backup.manifest;
  if (const std::string why = why_incomplete(manifest); !why.empty()) return why;
  const std::string& server_url = options.scratch.empty() ? context.url : options.scratch;
  try {
    const BackupSession server(server_url);
    if (!server.postgres()) return "the scratch server is not PostgreSQL";
    if (const std::string why = why_no_database(server); !why.empty()) {
      return cat(why, options.scratch.empty() ? "; another server can be named: --scratch URL" : "");
    }
    sweep_throwaways(server, context.host);
    const bool own = same_database(manifest.database, identity_of(*server));
    const FreshDatabase fresh(server, server_url, throwaway_name(context.host), own ? server->info().database : "");
    if (manifest.selected) make_schemas(BackupSession(fresh.url()), manifest);
    load_postgres(context, backup, server_url, server->info(), fresh.name(), false);
    require_same_tables(manifest, BackupSession(fresh.url()));
    return "";
  } catch (const Error& error) {
    if (error.kind == ErrorKind::kConnect) return error.message;
    // what a selection refers to (types, functions) may rightly be missing
    if (error.kind == ErrorKind::kVerify && manifest.selected && !options.level && error.cause) return error.message;
    throw;
  }
}

}  // namespace tide
