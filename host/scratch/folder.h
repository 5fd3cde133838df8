#pragma once

#include <memory>
#include <string>

#include "sys/descriptor.h"
#include "sys/file_lock.h"
#include "sys/process_child.h"

namespace tide {

// A folder below $TMPDIR or /tmp that goes with the object, and with this process however that ends: a shell in a
// session of its own waits for that, ends the job that was started in the folder, and removes it. Where that shell was
// killed too, the next ScratchFolder removes what was left: nobody holds its lock.
class ScratchFolder {
 public:
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::string& path() const { return path_; }

  // Runs a line of shell, once. When it has ended, its exit code is in the file `ended` of the folder.
  void start(const std::string& job);
  // Whether anything of it may still run.
  bool job_runs() const;

 private:
  void spawn(const std::string& script);
  void end() noexcept;

  std::string path_;
  std::unique_ptr<FileLock> lock_;
  Descriptor lifeline_;  // the shell reads the other end
  Child shell_;
};

// Folders of processes that are gone; returns how many were removed.
int sweep_scratch_folders();

}  // namespace tide
