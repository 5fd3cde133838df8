#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "backup/session.h"
#include "backup/store.h"

namespace tide {

// What a restore would take away.
struct TableLoss {
  std::string table;
  std::optional<std::int64_t> now;     // none: the table is not there
  std::optional<std::int64_t> backup;  // none: the backup does not have it
};
struct Loss {
  std::string database;           // name, or the path of the file
  std::string confirmation;       // what must be typed for it: the database's name, the file's own name
  std::string size;               // "12.3 MB"
  std::string unreadable;         // why it cannot be looked into; "" = it can
  std::vector<TableLoss> tables;  // those with other rows than in the backup, or on one side only
};

struct RestoreOptions {
  bool other_database = false;  // also a backup of another database than the one that is replaced
  bool drop_old = false;        // the replaced database is not kept
};

struct Restoration {
  std::string label;
  std::string database;
  std::string kept;  // name of the replaced database, or path of its file; "" = there is none
  std::vector<std::string> notes;
};

// Compares the database with the manifest. Changes nothing.
Loss what_would_be_lost(const BackupContext& context, const StoredBackup& backup);

// Restores into a new database or file, proves that, and only then takes the place of the old one, by renaming. The
// old one is kept under another name. Nothing of the old one is changed when anything fails: kVerify for a backup that
// is not what it says, kUsage for one that is not whole, kLock when the database is in use, kSql when the server
// refuses. What could be restored but not put in place stays, and the error names it.
Restoration restore_backup(const BackupContext& context, const StoredBackup& backup, const RestoreOptions& options);

Restoration restore_postgres(const BackupContext& context, const StoredBackup& backup, const RestoreOptions& options);
Restoration restore_sqlite(const BackupContext& context, const StoredBackup& backup, const RestoreOptions& options);

}  // namespace tide
