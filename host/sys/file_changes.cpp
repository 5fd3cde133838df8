#include "sys/file_changes.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <vector>

#include "base/text.h"
#include "sys/descriptor.h"
#include "sys/files.h"
#include "sys/os_error.h"

namespace tide {
namespace {

namespace fs = std::filesystem;

void write_all(int fd, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    const ssize_t put = ::write(fd, text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) throw os_error("write", path, errno);
    text.remove_prefix(static_cast<std::size_t>(put));
  }
}

struct stat about(const std::string& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) throw os_error("read", path, errno);
  if (S_ISDIR(found.st_mode)) throw os_error("read", path, EISDIR);
  return found;
}

}  // namespace

void append_file(const std::string& path, std::string_view text) {
  const Descriptor fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666));
  if (!fd) throw os_error("write", path, errno);
  write_all(fd.get(), text, path);
}

void copy_file(const std::string& from, const std::string& to) {
  const mode_t mode = about(from).st_mode & 07777;
  const std::string temporary = cat(to, ".tmp-", ::getpid());
  Descriptor fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
  if (!fd) throw os_error("write", to, errno);
  try {
    read_pieces(from, [&](std::string_view piece) { write_all(fd.get(), piece, to); });
    if (::fsync(fd.get()) != 0) throw os_error("sync", to, errno);
    if (::rename(temporary.c_str(), to.c_str()) != 0) throw os_error("replace", to, errno);
  } catch (const Error&) {
    ::unlink(temporary.c_str());
    throw;
  }
}

void rename_file(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) throw os_error(cat("rename to \"", to, "\" the file"), from, errno);
}

void remove_file(const std::string& path, bool recursive) {
  std::error_code code;
  const bool there = recursive ? fs::remove_all(path, code) > 0 : fs::remove(path, code);
  if (code || !there) throw os_error("remove", path, code ? code.value() : ENOENT);
}

bool is_entry(const std::string& path) {
  std::error_code code;
  return fs::exists(fs::symlink_status(path, code));
}

std::int64_t file_size(const std::string& path) { return about(path).st_size; }

void read_pieces(const std::string& path, const std::function<void(std::string_view piece)>& visit) {
  about(path);
  std::vector<char> buffer;
  Directory(parent_directory(path)).read(base_name(path), buffer, visit);
}

}  // namespace tide
