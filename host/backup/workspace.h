#pragma once

#include <memory>
#include <string>

#include "sys/file_lock.h"

namespace tide {

// A folder that a backup, copy or restore is made in, under a temporary name that `list` never shows. It is removed
// unless it was published; what a killed process left is known by its lock, which the kernel has ended, and removed by
// the next one.
class Workspace {
 public:
  // In `folder`, which is made when it is not there. kIo naming the folder when nothing can be written there.
  Workspace(const std::string& folder, const std::string& label);
  ~Workspace();
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;

  const std::string& path() const { return path_; }
  // Everything in it, on disk, under the name `label`; kIo when there is one already.
  void publish(const std::string& label);

 private:
  void end() noexcept;

  std::string folder_;
  std::string path_;
  std::unique_ptr<FileLock> lock_;
};

// Removes what killed processes left in `folder`; returns how many. What cannot be removed stays.
int sweep_leftovers(const std::string& folder);

}  // namespace tide
