#include "backup/workspace.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <random>

#include "backup/tree.h"
#include "base/text.h"
#include "sys/file_changes.h"
#include "sys/files.h"
#include "sys/interrupt.h"
#include "sys/os_error.h"
#include "sys/process_identity.h"
#include "tide/error.h"

namespace tide {
namespace {

constexpr std::string_view kPrefix = ".tmp-";
constexpr std::string_view kLockEnding = ".lock";
constexpr const char* kGuard = ".tide-backup-lock";
constexpr int kGuardTries = 2000;

// Held while workspaces are made or swept: between the making of a lock and its being held nobody may look.
class Guard {
 public:
  explicit Guard(const std::string& folder) : lock_(cat(folder, "/", kGuard)) {
    for (int i = 0; !lock_.try_lock(own_process_identity()); ++i) {
      if (i == kGuardTries) throw Error(ErrorKind::kLock, cat("another tide has locked the folder \"", folder, "\""));
      sleep_ms(5);
    }
  }

 private:
  FileLock lock_;
};

std::string random_ending() {
  static constexpr char kHex[] = "0123456789abcdef";
  std::random_device random;
  std::string text = "-";
  for (int i = 0; i < 8; ++i) text += kHex[random() % 16];
  return text;
}

void make_folder(const std::string& folder) {
  try {
    make_directories(folder);
    if (::access(folder.c_str(), W_OK) != 0) throw os_error("write to the folder", folder, errno);
  } catch (Error& error) {
    throw error.advise("choose another folder: --dir DIR");
  }
}

bool is_workspace(const std::string& name) { return starts_with(name, kPrefix); }

// Of a workspace or its lock alone: both are gone when nobody holds the lock.
bool sweep_one(const std::string& folder, const std::string& name) {
  const bool is_lock = ends_with(name, kLockEnding);
  const std::string path = cat(folder, "/", is_lock ? name.substr(0, name.size() - kLockEnding.size()) : name);
  const std::string lock_path = cat(path, kLockEnding);
  FileLock lock(lock_path);
  if (!lock.try_lock("")) return false;
  const bool there = is_directory(path);
  remove_tree(path);
  if (!is_directory(path)) ::unlink(lock_path.c_str());
  return there;
}

}  // namespace

Workspace::Workspace(const std::string& folder, const std::string& label) : folder_(folder) {
  make_folder(folder);
  sweep_leftovers(folder);
  const Guard guard(folder);
  path_ = cat(folder, "/", kPrefix, label, random_ending());
  lock_ = std::make_unique<FileLock>(cat(path_, kLockEnding));
  try {
    lock_->try_lock(own_process_identity());
    if (::mkdir(path_.c_str(), 0777) != 0) throw os_error("create", path_, errno);
  } catch (...) {
    end();
    throw;
  }
}

Workspace::~Workspace() { end(); }

void Workspace::end() noexcept {
  if (!lock_) return;
  remove_tree(path_);
  ::unlink(cat(path_, kLockEnding).c_str());
  lock_.reset();
}

void Workspace::publish(const std::string& label) {
  sync_tree(path_);
  const std::string target = cat(folder_, "/", label);
  const Guard guard(folder_);
  std::error_code ignored;
  // rename would replace an empty folder without a word
  if (std::filesystem::exists(std::filesystem::symlink_status(target, ignored)))
    throw os_error("create", target, EEXIST);
  rename_file(path_, target);
  sync_folder(folder_);
}

int sweep_leftovers(const std::string& folder) {
  if (!is_directory(folder) || ::access(folder.c_str(), W_OK) != 0) return 0;
  const Guard guard(folder);
  int removed = 0;
  for (const DirectoryEntry& entry : list_directory(folder)) {
    if (is_workspace(entry.name)) removed += sweep_one(folder, entry.name) ? 1 : 0;
  }
  return removed;
}

}  // namespace tide
