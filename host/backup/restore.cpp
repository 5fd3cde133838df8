#include "backup/restore.h"

#include <map>

#include "backup/tables.h"
#include "backup/tree.h"
#include "backup/verify.h"
#include "base/text.h"
#include "db/sqlite_url.h"
#include "sys/files.h"
#include "tide/error.h"

namespace tide {
namespace {

std::vector<TableLoss> compared(const std::vector<TableRows>& now, const std::vector<TableRows>& backup) {
  std::map<std::string, TableLoss> all;
  for (const TableRows& table : now) all[table_text(table)].now = table.rows;
  for (const TableRows& table : backup) all[table_text(table)].backup = table.rows;
  std::vector<TableLoss> out;
  for (auto& [name, loss] : all) {
    loss.table = name;
    if (loss.now != loss.backup) out.push_back(loss);
  }
  return out;
}

void look_into(const BackupSession& session, const Manifest& manifest, Loss& loss) {
  std::vector<TableRows> now = list_tables(session, {}).tables;
  count_tables(session, now);
  loss.tables = compared(now, manifest.tables);
  if (session.postgres()) {
    loss.size = size_text(std::stoll(session.text("SELECT pg_catalog.pg_database_size(current_database())")));
  }
}

void require_whole(const StoredBackup& backup) {
  if (backup.manifest->whole()) return;
  throw Error(ErrorKind::kUsage, cat("the backup ", backup.label,
                                     " holds a part of its database: put in its place, it would lose the rest"))
      .advise(cat("take what is needed from ", backup.data_path(), " with pg_restore or psql"));
}

void require_same_engine(const Manifest& manifest, const std::string& url) {
  const bool sqlite = is_sqlite_url(url);
  if (sqlite == (manifest.format == BackupFormat::kSqlite)) return;
  throw Error(ErrorKind::kUsage, cat("a backup of ", manifest.database.engine, " cannot be restored into ",
                                     sqlite ? "sqlite" : "postgres"));
}

}  // namespace

Loss what_would_be_lost(const BackupContext& context, const StoredBackup& backup) {
  if (!backup.manifest) throw Error(ErrorKind::kVerify, cat("the backup ", backup.label, ": ", backup.problem));
  require_same_engine(*backup.manifest, context.url);
  Loss loss;
  if (is_sqlite_url(context.url)) {
    loss.database = parse_sqlite_url(context.url).path;
    loss.confirmation = base_name(loss.database);
    loss.size = size_text(tree_size(loss.database) + tree_size(loss.database + "-wal"));
  }
  try {
    const BackupSession session(context.url);
    if (session.postgres()) loss.database = loss.confirmation = session->info().database;
    look_into(session, *backup.manifest, loss);
  } catch (const Error& error) {
    // a file that cannot be read is what restores are for; a server that does not answer is not
    if (!is_sqlite_url(context.url) || error.kind == ErrorKind::kInterrupted) throw;
    loss.unreadable = error.message;
  }
  return loss;
}

Restoration restore_backup(const BackupContext& context, const StoredBackup& backup, const RestoreOptions& options) {
  require_whole(backup);
  require_same_engine(*backup.manifest, context.url);
  const bool sqlite = backup.manifest->format == BackupFormat::kSqlite;
  VerifyOptions first;
  first.level = sqlite ? Proof::kHash : Proof::kDecompressed;
  first.other_database = true;  // whose it is, is asked for by the place it goes to
  verify_backup(context, backup, first);
  return sqlite ? restore_sqlite(context, backup, options) : restore_postgres(context, backup, options);
}

}  // namespace tide
