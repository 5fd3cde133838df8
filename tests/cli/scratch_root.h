#pragma once

#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

namespace tide::test {

// A TMPDIR of the test's own for what a rehearsal makes, in memory where that can be. Others may pass through it: the
// scratch server runs as another user when the test is root.
class ScratchRoot {
 public:
  ScratchRoot() {
    path_ = access("/dev/shm", W_OK) == 0 ? "/dev/shm/tide-test-XXXXXX" : "/tmp/tide-test-XXXXXX";
    if (mkdtemp(path_.data()) == nullptr) throw std::runtime_error("cannot make " + path_);
    std::filesystem::permissions(path_, std::filesystem::perms(0755));
  }
  ~ScratchRoot() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchRoot(const ScratchRoot&) = delete;
  ScratchRoot& operator=(const ScratchRoot&) = delete;

  const std::string& path() const { return path_; }
  // Names of what stands in it, and numbers of processes that were started with its path; "" = nothing.
  std::string leftovers() const {
    std::string names;
    for (const auto& entry : std::filesystem::directory_iterator(path_))
      names += entry.path().filename().string() + " ";
    return names + processes("");
  }
  // Of those whose command line holds `mark` too.
  std::string processes(const std::string& mark) const {
    std::string pids;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      const std::string pid = entry.path().filename().string();
      if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
      std::ifstream in(entry.path() / "cmdline", std::ios::binary);
      std::ostringstream read;  // a process that ends meanwhile has no line
      read << in.rdbuf();
      const std::string line = read.str();
      if (line.find(path_) != std::string::npos && line.find(mark) != std::string::npos) pids += pid + " ";
    }
    return pids;
  }

 private:
  std::string path_;
};

}  // namespace tide::test
