#include "sys/new_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "base/text.h"
#include "sys/files.h"
#include "sys/os_error.h"

namespace tide {
namespace {

constexpr std::size_t kBufferBytes = 256 * 1024;

Error refused(const std::string& path) { return {ErrorKind::kIo, cat(path, " is there already")}; }

}  // namespace

NewFile::NewFile(std::string path, unsigned mode, Existing existing)
    : path_(std::move(path)), partial_(cat(path_, ".partial")), existing_(existing) {
  struct stat about {};
  if (existing_ == Existing::kRefuse && ::lstat(path_.c_str(), &about) == 0) throw refused(path_);
  ::unlink(partial_.c_str());
  fd_ = Descriptor(::open(partial_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));  // never through a link
  if (!fd_) fail();
}

NewFile::~NewFile() {
  if (fd_) ::unlink(partial_.c_str());
}

void NewFile::fail() const { throw os_error("write", path_, errno); }

void NewFile::write(std::string_view text) {
  buffer_ += text;
  bytes_ += static_cast<std::int64_t>(text.size());
  if (buffer_.size() >= kBufferBytes) flush();
}

void NewFile::flush() {
  for (std::string_view rest = buffer_; !rest.empty();) {
    const ssize_t put = ::write(fd_.get(), rest.data(), rest.size());
    if (put < 0 && errno != EINTR) fail();
    if (put > 0) rest.remove_prefix(static_cast<std::size_t>(put));
  }
  buffer_.clear();
}

void NewFile::complete() {
  flush();
  if (::fsync(fd_.get()) != 0) fail();
  put_in_place();
  if (::close(fd_.release()) != 0) fail();
  const Descriptor folder(::open(parent_directory(path_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder) ::fsync(folder.get());
}

// Some file systems cannot rename without replacing; there a moment remains in which another one may take the name.
void NewFile::put_in_place() {
  if (existing_ == Existing::kRefuse) {
    if (::renameat2(AT_FDCWD, partial_.c_str(), AT_FDCWD, path_.c_str(), RENAME_NOREPLACE) == 0) return;
    if (errno == EEXIST) throw refused(path_);
    if (errno != EINVAL && errno != ENOSYS) fail();
  }
  if (::rename(partial_.c_str(), path_.c_str()) != 0) fail();
}

}  // namespace tide
