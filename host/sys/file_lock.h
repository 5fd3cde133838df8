#pragma once

#include <string>
#include <string_view>

#include "sys/descriptor.h"

namespace tide {

// An exclusive flock(2) on a file of its own, which holds a line about the holder. The kernel ends the lock with the
// process, however that ends; the file stays, empty (removing it would let two processes lock two files of one name).
class FileLock {
 public:
  // Opens or creates the file; kIo when that fails.
  explicit FileLock(const std::string& path);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

  // False when another process (or another FileLock of this one) has it.
  bool try_lock(std::string_view holder_line);
  std::string holder_line() const;  // what the holder wrote; "" when nobody has written

 private:
  std::string path_;
  Descriptor fd_;
  bool locked_ = false;
};

}  // namespace tide
