#include "backup/create.h"

#include "backup/clock.h"
#include "backup/tree.h"
#include "backup/workspace.h"
#include "base/text.h"
#include "sys/files.h"
#include "tide/error.h"

namespace tide {
namespace {

constexpr std::int64_t kNoRoom = 1 << 20;

Error usage(const std::string& message) { return Error(ErrorKind::kUsage, message); }

BackupFormat checked_format(const CreateOptions& options, bool postgres) {
  const BackupFormat format = options.format.value_or(postgres ? BackupFormat::kCustom : BackupFormat::kSqlite);
  if (postgres == (format == BackupFormat::kSqlite)) {
    throw usage(cat("format ", format_name(format), " is not one of ", postgres ? "PostgreSQL" : "SQLite", ": ",
                    postgres ? "custom, directory, plain" : "sqlite"));
  }
  if (!postgres && (options.schema_only || options.data_only || !options.tables.empty())) {
    throw usage("a SQLite backup is a copy of the whole database: schema_only, data_only and tables do not apply");
  }
  if (options.schema_only && options.data_only) throw usage("schema_only and data_only do not go together");
  if (options.jobs > 1 && format != BackupFormat::kDirectory) {
    throw usage("jobs are for the format directory: one file cannot be written by several");
  }
  return format;
}

std::string safe_name(const std::string& name) {
  std::string out;
  for (const char c : name) out += std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' ? c : '_';
  return out.substr(0, 60);
}

std::string chosen_label(const BackupContext& context, const CreateOptions& options, const Manifest& manifest) {
  if (!options.label.empty()) {
    check_label(options.label);
    if (is_directory(cat(context.dir, "/", options.label))) {
      throw usage(cat("there is a backup '", options.label, "' in ", context.dir, " already"));
    }
    return options.label;
  }
  const std::string base = cat(safe_name(short_name(manifest.database)), "-", stamp_text(now_ms()));
  std::string label = base;
  for (int i = 2; is_directory(cat(context.dir, "/", label)); ++i) label = cat(base, "-", i);
  return label;
}

Manifest begun_manifest(const BackupContext& context, const CreateOptions& options, const BackupSession& session) {
  Manifest manifest;
  manifest.format = checked_format(options, session.postgres());
  manifest.database = identity_of(*session);
  manifest.label = chosen_label(context, options, manifest);
  manifest.server_version = session->info().version;
  manifest.url = session->info().display;
  manifest.environment = context.environment;
  manifest.started_at = iso_time(now_ms());
  manifest.tools.emplace_back("tide", context.version);
  manifest.schema_only = options.schema_only;
  manifest.data_only = options.data_only;
  manifest.selected = !options.tables.empty();
  manifest.who = context.who;
  manifest.host = context.host;
  return manifest;
}

// The reason of a failed dump is a full disk far more often than the program's own words make clear.
[[noreturn]] void explain(const Error& error, const std::string& folder) {
  const std::int64_t left = free_bytes(folder);
  if (error.kind != ErrorKind::kIo || left < 0 || left > kNoRoom) throw error;
  Error full(ErrorKind::kIo, cat("no space for the backup in ", parent_directory(folder), ": ", size_text(left),
                                 " are free, and it had written ", size_text(tree_size(folder))));
  full.cause = std::make_shared<Error>(error);
  full.note_done("what was written of it was removed");
  throw full;
}

void finish(const BackupContext& context, const std::string& folder, Manifest& manifest) {
  manifest.files = files_of(folder, manifest.data);
  sync_tree(folder);
  hash_files(folder, manifest.files, [&](std::int64_t done, std::int64_t total) {
    context.progress(cat("hash ", manifest.label), done, total);
  });
  manifest.finished_at = iso_time(now_ms());
  write_file(cat(folder, kManifestFile), manifest_text(manifest));
}

}  // namespace

StoredBackup create_backup(const BackupContext& context, const CreateOptions& options) {
  const BackupSession session(context.url);
  Manifest manifest = begun_manifest(context, options, session);
  Workspace workspace(context.dir, manifest.label);
  try {
    if (session.postgres()) {
      dump_postgres(context, options, session, workspace.path(), manifest);
    } else {
      dump_sqlite(context, session, workspace.path(), manifest);
    }
    finish(context, workspace.path(), manifest);
    workspace.publish(manifest.label);
  } catch (const Error& error) {
    explain(error, workspace.path());
  }
  return {manifest.label, cat(context.dir, "/", manifest.label), manifest, "", std::nullopt};
}

}  // namespace tide
