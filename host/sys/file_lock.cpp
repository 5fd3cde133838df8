#include "sys/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

#include "sys/files.h"
#include "sys/os_error.h"

namespace tide {

FileLock::FileLock(const std::string& path)
    : path_(path), fd_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
  if (!fd_) throw os_error("open the lock file", path, errno);
}

FileLock::~FileLock() {
  if (locked_ && ::ftruncate(fd_.get(), 0) != 0) return;  // a stale line misleads nobody: the lock itself is gone
}

bool FileLock::try_lock(std::string_view holder_line) {
  while (::flock(fd_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return false;
    if (errno != EINTR) throw os_error("lock", path_, errno);
  }
  locked_ = true;
  ssize_t size = static_cast<ssize_t>(holder_line.size());
  if (::ftruncate(fd_.get(), 0) != 0 || ::pwrite(fd_.get(), holder_line.data(), holder_line.size(), 0) != size) {
    throw os_error("write", path_, errno);
  }
  return true;
}

std::string FileLock::holder_line() const { return read_file(path_); }

}  // namespace tide
