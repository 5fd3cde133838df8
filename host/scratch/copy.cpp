#include "scratch/copy.h"

#include <algorithm>
#include <filesystem>

#include "backup/newest.h"
#include "backup/pg_tools.h"
#include "backup/tree.h"
#include "backup/verify.h"
#include "base/text.h"
#include "db/postgres_target.h"
#include "db/sqlite_backup.h"
#include "sys/file_changes.h"
#include "sys/files.h"
#include "sys/interrupt.h"
#include "tide/error.h"

namespace tide {
namespace {

constexpr const char* kNewest = "newest";
constexpr const char* kSqliteName = "/copy.db";

std::int64_t size_of(const BackupSession& source) {
  if (source.postgres()) {
    return std::stoll(source.text("SELECT pg_catalog.pg_database_size(pg_catalog.current_database())"));
  }
  return std::stoll(source.text("PRAGMA page_count")) * std::stoll(source.text("PRAGMA page_size"));
}

void require_version(const StoredBackup& backup, const std::string& server_version) {
  const std::string& dumped = backup.manifest->server_version;
  if (backup.manifest->format == BackupFormat::kSqlite || major_of(dumped) <= major_of(server_version)) return;
  throw Error(ErrorKind::kUsage, cat("backup ", backup.label, " is of PostgreSQL ", dumped,
                                     ", which a server of version ", server_version, " cannot take"))
      .advise("tide rehearse --server URL   names a scratch server of that version");
}

void require_extensions(const BackupSession& source, const BackupSession& target, const std::string& where) {
  const std::vector<std::string> missing = missing_extensions(source, target);
  if (missing.empty()) return;
  throw Error(ErrorKind::kIo, cat(where, " does not have what the database uses: extension ", join(missing, ", ")))
      .advise(cat("install the packages of ", join(missing, ", "), " for this version of PostgreSQL"))
      .advise("tide rehearse --server URL   uses a scratch server that has them");
}

// Each on its own: what a scratch server does not know (a setting of an extension) is no reason to stop.
void run_each(const BackupSession& target, const std::vector<std::string>& statements, CopyOrigin& origin) {
  for (const std::string& statement : statements) {
    try {
      target->execute(statement);
    } catch (const Error& error) {
      if (error.kind != ErrorKind::kSql) throw;
      origin.warnings.push_back(cat("the copy is without \"", statement, "\": ", error.message));
    }
  }
}

// A locale that this machine does not have changes the order of texts, and nothing that a rehearsal measures.
void make_database(const BackupSession& server, const BackupSession& source, CopyOrigin& origin) {
  const std::string& name = source->info().database;
  const std::string make = cat("CREATE DATABASE ", server->ident(name), " TEMPLATE template0");
  try {
    server->execute(make + locale_clauses(source, name));
  } catch (const Error& error) {
    if (error.kind != ErrorKind::kSql) throw;
    origin.warnings.push_back(cat("the copy has the locale C: ", error.message));
    server->execute(make);
  }
}

void analyze(const std::string& url) { BackupSession(url)->execute("ANALYZE"); }

}  // namespace

ScratchCopy::ScratchCopy(const CopyRequest& request) {
  const BackupSession source(request.context.url, true);
  if (!source.postgres() && !request.server.empty()) {
    throw Error(ErrorKind::kUsage, "--server means nothing for SQLite: its file is copied");
  }
  choose(request, source);
  if (!source.postgres()) {
    copy_file(request, source);
  } else {
    request.server.empty() ? start_cluster(request, source) : use_server(request, source);
  }
}

std::optional<StoredBackup> ScratchCopy::find(const CopyRequest& request, const BackupSession& source,
                                              FillChoice& choice) const {
  const std::string& dir = request.context.dir;
  if (!request.from_backup.empty() && request.from_backup != kNewest) {
    StoredBackup named = find_backup(dir, request.from_backup, nullptr);
    if (!named.manifest) throw Error(ErrorKind::kVerify, cat("backup ", named.label, ": ", named.problem));
    require_same_place(*named.manifest, identity_of(*source));
    if (!named.manifest->whole()) {
      throw Error(ErrorKind::kUsage, cat("backup ", named.label, " holds a part of the database"));
    }
    return named;
  }
  NewestBackup newest = newest_verified(dir, *source, 0, Proof::kNone);
  choice.why_no_backup = newest.why_none;
  return std::move(newest.backup);
}

void ScratchCopy::choose(const CopyRequest& request, const BackupSession& source) {
  FillChoice choice;
  choice.sqlite = !source.postgres();
  choice.asked = request.from_backup;
  choice.schema_asked = request.schema_only;
  if (!request.schema_only && (!choice.sqlite || !choice.asked.empty())) backup_ = find(request, source, choice);
  if (backup_) choice.backup = backup_->label;
  choice.needed = size_of(source);
  if (request.server.empty()) choice.room = free_bytes(std::filesystem::temp_directory_path().string());
  const ChosenFill chosen = choose_fill(choice);
  origin_.fill = chosen.fill;
  origin_.because = chosen.because;
  if (chosen.fill != Fill::kBackup) backup_.reset();
  if (!backup_) return;
  origin_.backup = backup_->label;
  origin_.backup_time = backup_->manifest->started_at;
}

void ScratchCopy::copy_file(const CopyRequest& request, const BackupSession& source) {
  folder_ = std::make_unique<ScratchFolder>();
  const std::string path = folder_->path() + kSqliteName;
  if (backup_) {
    verify_hash(request.context, *backup_);
    tide::copy_file(backup_->data_path(), path);
  } else {
    copy_sqlite(*source, path, [&](std::int64_t done, std::int64_t total) {
      if (interrupted()) throw Error(ErrorKind::kInterrupted, "interrupted");
      request.context.progress("copy", done, total);
    });
  }
  origin_.place = "file";
  origin_.server_version = source->info().version;
  url_ = sqlite_url(path);
}

void ScratchCopy::start_cluster(const CopyRequest& request, const BackupSession& source) {
  const std::string& name = source->info().database;
  if (backup_) require_version(*backup_, source->info().version);
  cluster_ = std::make_unique<ScratchCluster>(major_of(source->info().version), request.context.pg_bin);
  origin_.place = "scratch cluster";
  origin_.server_version = cluster_->version();
  const ConnectionInfo admin = cluster_->address(ScratchCluster::kSuperuser);
  const std::string base = "postgres://";
  const BackupSession server(postgres_url(base, admin, "postgres"));
  require_extensions(source, server, "the scratch server");
  run_each(server, statements_of_roles(source), origin_);
  if (name != "postgres") make_database(server, source, origin_);
  run_each(server, properties_of_database(source, name, name), origin_);
  inspect_url_ = postgres_url(base, admin, name);
  if (backup_) {
    load_postgres(request.context, *backup_, base, admin, name, true);
    analyze(inspect_url_);
  } else {
    load_schema(request.context, source, base, admin, name, cluster_->folder(), true);
  }
  url_ = postgres_url(request.context.url, cluster_->address(source->info().user), name);
}

void ScratchCopy::use_server(const CopyRequest& request, const BackupSession& source) {
  const BackupSession server(request.server);
  if (!server.postgres()) throw Error(ErrorKind::kUsage, "--server is no PostgreSQL server");
  if (const std::string why = why_no_database(server); !why.empty()) {
    throw Error(ErrorKind::kUsage, cat("--server: ", why));
  }
  origin_.place = "named server";
  origin_.server_version = server->info().version;
  if (major_of(origin_.server_version) != major_of(source->info().version)) {
    warn(cat("the scratch server is PostgreSQL ", origin_.server_version, ", the environment's ",
             source->info().version, ": locks and rewrites may differ"));
  }
  const DatabaseIdentity here = identity_of(*server);
  if (!here.system.empty() && here.system == identity_of(*source).system) {
    warn("the scratch server is the environment's own: it bears the load of the rehearsal");
  }
  if (backup_) require_version(*backup_, origin_.server_version);
  require_extensions(source, server, "the server of --server");
  sweep_throwaways(server, request.context.host);
  database_ =
      std::make_unique<FreshDatabase>(server, request.server, throwaway_name(request.context.host, "rehearse"), "");
  const ScratchFolder files;
  if (backup_) {
    load_postgres(request.context, *backup_, request.server, server->info(), database_->name(), false);
    analyze(database_->url());
  } else {
    load_schema(request.context, source, request.server, server->info(), database_->name(), files.path(), false);
  }
  url_ = database_->url();
}

}  // namespace tide
