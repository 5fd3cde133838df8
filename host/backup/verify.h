#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "backup/session.h"
#include "backup/store.h"

namespace tide {

struct VerifyOptions {
  std::optional<Proof> level;   // none: the strongest that is possible here
  std::string scratch;          // URL of a server for the throwaway database; empty = the database's own
  std::int64_t max_age_ms = 0;  // refuses an older one; 0 = any age
  bool other_database = false;  // also one of another database than the context's
};

struct Verification {
  std::string label;
  Proof proof = Proof::kNone;
  std::vector<std::string> notes;  // what was not proven, and why
  double ms = 0;
};

// Proves the backup level by level, and keeps beside it how far it came. kVerify, naming the reason, when it is not
// what its manifest says, too old, or of another database: what was proven of it before is then void. kUsage when the
// level asked for cannot be reached here.
Verification verify_backup(const BackupContext& context, const StoredBackup& backup, const VerifyOptions& options);

// The steps, each kVerify with its reason.
void verify_files(const BackupContext& context, const StoredBackup& backup);  // names and sizes; reads nothing
void verify_hash(const BackupContext& context, const StoredBackup& backup);
void verify_readable(const BackupContext& context, const StoredBackup& backup);  // of PostgreSQL
// "" when the restore was proven; else why it cannot be tried here.
std::string verify_restored_postgres(const BackupContext& context, const StoredBackup& backup,
                                     const VerifyOptions& options);
// SQLite's own check, on a copy; with `count` the rows of each table too.
void verify_sqlite_copy(const BackupContext& context, const StoredBackup& backup, bool count);

// Loads a PostgreSQL backup into a database that is empty. `strict`: owners and privileges too.
void load_postgres(const BackupContext& context, const StoredBackup& backup, const std::string& server_url,
                   const ConnectionInfo& server, const std::string& database, bool strict);
// kVerify unless the tables and their rows are those of the manifest.
void require_same_tables(const Manifest& manifest, const BackupSession& session);
// kVerify unless SQLite's own check finds the file sound.
void require_integrity(const BackupSession& session);

}  // namespace tide
