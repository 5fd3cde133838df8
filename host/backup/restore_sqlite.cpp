#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

#include "backup/clock.h"
#include "backup/restore.h"
#include "backup/tree.h"
#include "backup/verify.h"
#include "base/text.h"
#include "db/sqlite_backup.h"
#include "db/sqlite_url.h"
#include "sys/descriptor.h"
#include "sys/file_changes.h"
#include "sys/files.h"
#include "sys/os_error.h"
#include "tide/error.h"

namespace tide {
namespace {

constexpr const char* kLocked = "55P03";
constexpr const char* kCompanions[] = {"-wal", "-shm", "-journal"};

Error in_use(const std::string& path, const std::string& why) {
  return Error(ErrorKind::kLock, cat("the database ", path, " is in use: ", why))
      .note_done("it is as it was")
      .advise("stop what uses it, then restore again");
}

// The kernel gives a write lease only to the one who alone has the file open; SQLite's locks say nothing of a program
// that has it open and idle.
void require_nobody_has_it_open(const std::string& path) {
  const Descriptor fd(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!fd) throw os_error("open", path, errno);
  if (::fcntl(fd.get(), F_SETLEASE, F_WRLCK) == 0) {
    ::fcntl(fd.get(), F_SETLEASE, F_UNLCK);
    return;
  }
  // other failures: a file of another user, or a file system without leases
  if (errno == EAGAIN) throw in_use(path, "another connection has it open");
}

// Alone with the database: the WAL is written back into the file, and nobody else can lock it. Nothing for a file that
// SQLite cannot read: nobody can work with that.
std::optional<BackupSession> alone_with(const std::string& path) {
  require_nobody_has_it_open(path);
  try {
    BackupSession session(cat(sqlite_url(path), "?mode=rw&busy_timeout=2s"));
    if (session.text("PRAGMA journal_mode = DELETE") == "wal") throw in_use(path, "another connection has it open");
    session->execute("BEGIN EXCLUSIVE");
    return session;
  } catch (const Error& error) {
    if (error.sqlstate == kLocked) throw in_use(path, error.message);
    if (error.kind == ErrorKind::kInterrupted || error.kind == ErrorKind::kLock) throw;
    return std::nullopt;
  }
}

// Made beside the database, gone with the object unless it took the database's place.
class NewFile {
 public:
  NewFile(const BackupContext& context, const StoredBackup& backup, const std::string& path)
      : folder_(cat(path, ".restoring")), path_(cat(folder_, "/", backup.manifest->data)) {
    remove_tree(folder_);  // of a restore that was killed
    copy_tree(backup.folder, folder_, [&](std::int64_t done, std::int64_t total) {
      context.progress(cat("restore ", backup.label), done, total);
    });
  }
  ~NewFile() { remove_tree(folder_); }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  void check(const Manifest& manifest) const {
    const BackupSession session(sqlite_url(path_));
    require_integrity(session);
    require_same_tables(manifest, session);
    if (manifest.wal) session.text("PRAGMA journal_mode = WAL");
  }
  // Mode and, where that is allowed, owner of the file that it replaces.
  void look_like(const std::string& other) const {
    struct stat about {};
    if (::stat(other.c_str(), &about) != 0) return;
    ::chmod(path_.c_str(), about.st_mode & 07777);
    if (::chown(path_.c_str(), about.st_uid, about.st_gid) != 0) return;
  }
  const std::string& path() const { return path_; }

 private:
  std::string folder_;
  std::string path_;
};

std::string free_path(const std::string& wanted) {
  std::string path = wanted;
  for (int i = 2; is_entry(path); ++i) path = cat(wanted, "-", i);
  return path;
}

void keep_old(const std::string& path, const std::string& kept) {
  if (::link(path.c_str(), kept.c_str()) != 0) throw os_error("keep the old file as", kept, errno);
  // the new file must never meet the WAL of the old one
  for (const char* companion : kCompanions) {
    if (is_file(path + companion)) rename_file(path + companion, kept + companion);
  }
}

void put_in_place(const NewFile& file, const std::string& path, const std::string& kept) {
  sync_tree(parent_directory(file.path()));
  keep_old(path, kept);
  rename_file(file.path(), path);
  sync_folder(parent_directory(path));
}

void remove_old(const std::string& kept) {
  ::unlink(kept.c_str());
  for (const char* companion : kCompanions) ::unlink(cat(kept, companion).c_str());
}

}  // namespace

Restoration restore_sqlite(const BackupContext& context, const StoredBackup& backup, const RestoreOptions& options) {
  const std::string given = parse_sqlite_url(context.url).path;
  const bool there = is_file(given);
  const std::string path = there ? real_path(given) : cat(real_path(parent_directory(given)), "/", base_name(given));
  if (!options.other_database) require_same_place(*backup.manifest, {"sqlite", path, path, ""});
  if (there) alone_with(path);  // refused before the work, and again when it is done
  const NewFile file(context, backup, path);
  file.check(*backup.manifest);
  Restoration result{backup.label, path, "", {}};
  if (!there) {
    rename_file(file.path(), path);
    sync_folder(parent_directory(path));
    return result;
  }
  file.look_like(path);
  result.kept = free_path(cat(path, ".before-", stamp_text(now_ms())));
  const std::optional<BackupSession> alone = alone_with(path);
  put_in_place(file, path, result.kept);
  if (options.drop_old) remove_old(std::exchange(result.kept, ""));
  return result;
}

}  // namespace tide
