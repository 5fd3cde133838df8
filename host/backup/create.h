#pragma once

#include <optional>
#include <string>
#include <vector>

#include "backup/session.h"
#include "backup/store.h"

namespace tide {

struct CreateOptions {
  std::optional<BackupFormat> format;  // none: custom, or sqlite for SQLite
  bool schema_only = false;
  bool data_only = false;
  std::vector<std::string> tables;  // "users", "shop.users"; empty = all
  int jobs = 1;                     // of format directory: how many tables at once
  std::string label;                // empty = the database's name and the time
};

// Dumps the database and counts its rows in one snapshot, and keeps the result under its label once it is whole and on
// disk. Whatever goes wrong before that leaves nothing. kUsage for options that do not go together, kIo when pg_dump
// is missing, too old or fails, or when there is no room.
StoredBackup create_backup(const BackupContext& context, const CreateOptions& options);

// The two engines: fill the folder with the data, and the manifest with what was dumped.
void dump_postgres(const BackupContext& context, const CreateOptions& options, const BackupSession& session,
                   const std::string& folder, Manifest& manifest);
void dump_sqlite(const BackupContext& context, const BackupSession& session, const std::string& folder,
                 Manifest& manifest);

}  // namespace tide
