#include "backup/tree.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "base/text.h"
#include "sys/descriptor.h"
#include "sys/digest.h"
#include "sys/file_changes.h"
#include "sys/files.h"
#include "sys/interrupt.h"
#include "sys/os_error.h"
#include "tide/error.h"

namespace tide {
namespace {

namespace fs = std::filesystem;

void sync_path(const std::string& path, int flags) {
  const Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | flags));
  if (!fd || ::fsync(fd.get()) != 0) throw os_error("sync", path, errno);
}

void add_file(const std::string& folder, const fs::path& path, std::vector<BackupFile>& files) {
  const fs::file_status status = fs::symlink_status(path);
  if (fs::is_directory(status)) return;
  if (!fs::is_regular_file(status)) {
    throw Error(ErrorKind::kIo, cat("\"", path.string(), "\" is no ordinary file"));
  }
  files.push_back({path.string().substr(folder.size() + 1), static_cast<std::int64_t>(fs::file_size(path)), ""});
}

void check_interrupt() {
  if (interrupted()) throw Error(ErrorKind::kInterrupted, "interrupted");
}

void each_piece(const std::string& path, const std::function<void(std::string_view)>& visit) {
  read_pieces(path, [&](std::string_view piece) {
    check_interrupt();
    visit(piece);
  });
}

void write_piece(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) throw os_error("write", path, errno);
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
}

}  // namespace

std::vector<BackupFile> files_of(const std::string& folder, const std::string& data) {
  std::vector<BackupFile> files;
  const std::string path = cat(folder, "/", data);
  try {
    add_file(folder, path, files);
    if (fs::is_directory(path)) {
      for (const auto& entry : fs::recursive_directory_iterator(path)) add_file(folder, entry.path(), files);
    }
  } catch (const fs::filesystem_error& error) {
    throw os_error("read", path, error.code().value());
  }
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return files;
}

void hash_files(const std::string& folder, std::vector<BackupFile>& files, const ByteProgress& progress) {
  std::int64_t total = 0;
  std::int64_t done = 0;
  for (const BackupFile& file : files) total += file.size;
  for (BackupFile& file : files) {
    Sha256 hash;
    each_piece(cat(folder, "/", file.name), [&](std::string_view piece) {
      hash.update(piece);
      progress(done += static_cast<std::int64_t>(piece.size()), total);
    });
    file.sha256 = hash.hex();
  }
}

void sync_tree(const std::string& path) {
  if (!is_directory(path)) return sync_path(path, 0);
  for (const DirectoryEntry& entry : list_directory(path)) sync_tree(cat(path, "/", entry.name));
  sync_folder(path);
}

void sync_folder(const std::string& path) { sync_path(path, O_DIRECTORY); }

std::int64_t tree_size(const std::string& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) {
    const auto size = fs::file_size(path, error);
    return error ? 0 : static_cast<std::int64_t>(size);
  }
  std::int64_t sum = 0;
  for (auto entry = fs::directory_iterator(path, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    sum += tree_size(entry->path().string());
  }
  return sum;
}

void copy_tree(const std::string& from, const std::string& to, const ByteProgress& progress) {
  const std::int64_t total = tree_size(from);
  std::int64_t done = 0;
  for (const BackupFile& file : files_of(parent_directory(from), base_name(from))) {
    const std::string name = file.name.substr(file.name.find('/') + 1);
    const std::string target = cat(to, "/", name);
    make_directories(parent_directory(target));
    const Descriptor fd(::open(target.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (!fd) throw os_error("write", target, errno);
    each_piece(cat(from, "/", name), [&](std::string_view piece) {
      write_piece(fd.get(), piece, target);
      progress(done += static_cast<std::int64_t>(piece.size()), total);
    });
  }
  sync_tree(to);
}

void remove_tree(const std::string& path) noexcept {
  std::error_code ignored;
  fs::remove_all(path, ignored);
}

std::int64_t free_bytes(const std::string& path) {
  struct statvfs about {};
  if (::statvfs(path.c_str(), &about) != 0) return -1;
  return static_cast<std::int64_t>(about.f_bavail) * static_cast<std::int64_t>(about.f_frsize);
}

std::string size_text(std::int64_t bytes) {
  constexpr std::array<const char*, 5> kUnits = {"bytes", "kB", "MB", "GB", "TB"};
  double amount = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; amount >= 1000 && unit + 1 < kUnits.size(); ++unit) amount /= 1000;
  char text[32];
  std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.1f %s", amount, kUnits[unit]);
  return text;
}

}  // namespace tide
