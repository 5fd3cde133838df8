#include "sys/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "base/text.h"
#include "sys/os_error.h"

namespace tide {
namespace {

constexpr std::size_t kPiece = 64 * 1024;

Descriptor open_to_read(int directory, const std::string& name, const std::string& path) {
  Descriptor fd(::openat(directory, name.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) throw os_error("open", path, errno);
  return fd;
}

// Reads once; 0 at the end of the file.
std::size_t read_some(int fd, char* into, std::size_t room, const std::string& path) {
  for (;;) {
    ssize_t got = ::read(fd, into, room);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) throw os_error("read", path, errno);
  }
}

void write_all(int fd, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    ssize_t put = ::write(fd, text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) throw os_error("write", path, errno);
    text.remove_prefix(static_cast<std::size_t>(put));
  }
}

bool mode_is(const std::string& path, mode_t kind) {
  struct stat about {};
  return ::stat(path.c_str(), &about) == 0 && (about.st_mode & S_IFMT) == kind;
}

// A rename lasts only when the directory that holds the name is on disk too.
void sync_directory(const std::string& path) {
  Descriptor fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd) ::fsync(fd.get());
}

// A new file that disappears again unless it is renamed into place.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& target) : path_(cat(target, ".tmp-", ::getpid())) {
    fd_ = Descriptor(::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
    if (!fd_) throw os_error("write", target, errno);
    struct stat old {};
    if (::stat(target.c_str(), &old) == 0) ::fchmod(fd_.get(), old.st_mode & 07777);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }

  void fill(std::string_view text) {
    write_all(fd_.get(), text, path_);
    if (::fsync(fd_.get()) != 0) throw os_error("sync", path_, errno);
  }
  void rename_to(const std::string& target) {
    if (::close(fd_.release()) != 0) throw os_error("close", path_, errno);
    if (::rename(path_.c_str(), target.c_str()) != 0) throw os_error("replace", target, errno);
    path_.clear();
  }

 private:
  std::string path_;
  Descriptor fd_;
};

}  // namespace

std::string read_file(const std::string& path) {
  Descriptor fd = open_to_read(AT_FDCWD, path, path);
  struct stat about {};
  if (::fstat(fd.get(), &about) != 0) throw os_error("read", path, errno);
  std::string text(static_cast<std::size_t>(about.st_size) + 1, '\0');
  std::size_t used = 0;
  while (std::size_t got = read_some(fd.get(), text.data() + used, text.size() - used, path)) {
    used += got;
    if (used == text.size()) text.resize(used * 2);
  }
  text.resize(used);
  return text;
}

void write_file(const std::string& path, std::string_view text) {
  TemporaryFile file(path);
  file.fill(text);
  file.rename_to(path);
  sync_directory(parent_directory(path));
}

std::vector<DirectoryEntry> list_directory(const std::string& path) { return Directory(path).list(); }

void make_directories(const std::string& path) {
  if (path.empty() || is_directory(path)) return;
  make_directories(parent_directory(path));
  if (::mkdir(path.c_str(), 0777) != 0 && errno != EEXIST) throw os_error("create", path, errno);
  if (!is_directory(path)) throw os_error("create", path, ENOTDIR);
}

bool is_file(const std::string& path) { return mode_is(path, S_IFREG); }
bool is_directory(const std::string& path) { return mode_is(path, S_IFDIR); }

std::string absolute_path(const std::string& path, const std::string& base) {
  if (path.empty()) return base;
  if (path.front() == '/') return path;
  return ends_with(base, "/") ? base + path : cat(base, "/", path);
}

std::string real_path(const std::string& path) {
  const std::unique_ptr<char, void (*)(void*)> resolved(::realpath(path.c_str(), nullptr), std::free);
  if (!resolved) throw os_error("find", path, errno);
  return resolved.get();
}

std::string parent_directory(const std::string& path) {
  std::size_t end = path.find_last_not_of('/');
  if (end == std::string::npos) return path.empty() ? "." : "/";
  std::size_t slash = path.find_last_of('/', end);
  if (slash == std::string::npos) return ".";
  std::size_t last = path.find_last_not_of('/', slash);
  return last == std::string::npos ? "/" : path.substr(0, last + 1);
}

std::string base_name(const std::string& path) {
  std::size_t end = path.find_last_not_of('/');
  if (end == std::string::npos) return path.empty() ? "" : "/";
  std::size_t slash = path.find_last_of('/', end);
  std::size_t begin = slash == std::string::npos ? 0 : slash + 1;
  return path.substr(begin, end + 1 - begin);
}

Directory::Directory(const std::string& path)
    : path_(path), fd_(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  if (!fd_) throw os_error("read the directory", path, errno);
}

std::vector<DirectoryEntry> Directory::list() const {
  int own = ::openat(fd_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);  // closedir closes what fdopendir was given
  std::unique_ptr<DIR, int (*)(DIR*)> dir(own < 0 ? nullptr : ::fdopendir(own), ::closedir);
  if (!dir) throw os_error("read the directory", path_, errno);
  std::vector<DirectoryEntry> entries;
  for (errno = 0; dirent* entry = ::readdir(dir.get()); errno = 0) {
    std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    bool told = entry->d_type != DT_UNKNOWN && entry->d_type != DT_LNK;
    bool is_dir = told ? entry->d_type == DT_DIR : is_directory(cat(path_, "/", name));
    entries.push_back({std::move(name), is_dir});
  }
  if (errno != 0) throw os_error("read the directory", path_, errno);
  return entries;
}

FileStamp Directory::stamp(const std::string& name) const {
  struct stat about {};
  if (::fstatat(fd_.get(), name.c_str(), &about, 0) != 0) throw os_error("read", cat(path_, "/", name), errno);
  const auto ns = [](const timespec& time) { return std::int64_t{time.tv_sec} * 1000000000 + time.tv_nsec; };
  return {about.st_ino, static_cast<std::uint64_t>(about.st_size), ns(about.st_mtim), ns(about.st_ctim)};
}

void Directory::read(const std::string& name, std::vector<char>& buffer,
                     const std::function<void(std::string_view piece)>& visit) const {
  if (buffer.size() < kPiece) buffer.resize(kPiece);
  std::string path = cat(path_, "/", name);
  Descriptor fd = open_to_read(fd_.get(), name, path);
  while (std::size_t got = read_some(fd.get(), buffer.data(), buffer.size(), path)) {
    visit(std::string_view(buffer.data(), got));
  }
}

}  // namespace tide
