#include <cstdlib>

#include "backup/tree.h"
#include "backup/verify.h"
#include "backup/workspace.h"
#include "base/text.h"
#include "db/sqlite_backup.h"
#include "sys/files.h"
#include "tide/error.h"

namespace tide {
namespace {

constexpr std::size_t kHeaderSize = 100;
constexpr std::size_t kWriteVersion = 18;  // of the header: 2 is a database that needs its WAL

// Next to the backups where that can be written, so that there is room for it; else where temporary files go.
std::string room_for_copy(const std::string& dir) {
  try {
    const Workspace probe(dir, "probe");
    return dir;
  } catch (const Error& error) {
    if (error.kind != ErrorKind::kIo) throw;
  }
  const char* temporary = std::getenv("TMPDIR");
  return temporary != nullptr && *temporary != '\0' ? temporary : "/tmp";
}

// A file copied while its database was in use lacks what only the WAL beside it held.
void require_complete_by_itself(const std::string& path) {
  std::string header;
  std::vector<char> buffer;
  Directory(parent_directory(path)).read(base_name(path), buffer, [&](std::string_view piece) {
    if (header.size() < kHeaderSize) header.append(piece.substr(0, kHeaderSize));
  });
  if (header.size() > kWriteVersion && header[kWriteVersion] == 2) {
    throw Error(ErrorKind::kVerify, "its file was copied without its WAL: what the WAL held is not in it");
  }
}

// Zeros cut from the end of the last page would be read as zeros.
void require_all_pages(const BackupSession& session, const std::string& path) {
  const std::int64_t pages = std::stoll(session.text("PRAGMA page_count"));
  const std::int64_t bytes = pages * std::stoll(session.text("PRAGMA page_size"));
  if (bytes == tree_size(path)) return;
  throw Error(ErrorKind::kVerify, cat("its file has ", tree_size(path), " bytes, its ", pages, " pages are ", bytes));
}

}  // namespace

void require_integrity(const BackupSession& session) {
  const std::string found = session.text("PRAGMA integrity_check(1)");
  if (found != "ok") throw Error(ErrorKind::kVerify, cat("SQLite finds it damaged: ", found));
}

void verify_sqlite_copy(const BackupContext& context, const StoredBackup& backup, bool count) {
  require_complete_by_itself(backup.data_path());
  const Workspace workspace(room_for_copy(context.dir), "verify");
  copy_tree(backup.folder, cat(workspace.path(), "/copy"),
            [&](std::int64_t done, std::int64_t total) { context.progress(cat("copy ", backup.label), done, total); });
  try {
    const std::string path = cat(workspace.path(), "/copy/", backup.manifest->data);
    const BackupSession session(sqlite_url(path));
    require_all_pages(session, path);
    require_integrity(session);
    if (count) require_same_tables(*backup.manifest, session);
  } catch (const Error& error) {
    if (error.kind != ErrorKind::kSql && error.kind != ErrorKind::kConnect) throw;
    throw Error(ErrorKind::kVerify, cat("SQLite cannot read it: ", error.message));
  }
}

}  // namespace tide
