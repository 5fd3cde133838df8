#include "backup/create.h"
#include "backup/tables.h"
#include "base/text.h"
#include "db/sqlite_backup.h"
#include "sys/interrupt.h"
#include "tide/error.h"

namespace tide {

void dump_sqlite(const BackupContext& context, const BackupSession& session, const std::string& folder,
                 Manifest& manifest) {
  manifest.data = "data.sqlite";
  manifest.tools.emplace_back("sqlite", session->info().version);
  session->begin();
  // the first read decides which state of the database the transaction sees
  TableList list = list_tables(session, {});
  manifest.wal = copy_sqlite(*session, cat(folder, "/", manifest.data), [&](std::int64_t done, std::int64_t total) {
    if (interrupted()) throw Error(ErrorKind::kInterrupted, "interrupted");
    context.progress(cat("backup ", manifest.label), done, total);
  });
  count_tables(session, list.tables);
  session->rollback();
  manifest.tables = std::move(list.tables);
  manifest.excluded = std::move(list.excluded);
}

}  // namespace tide
