#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "support/temp_dir.h"
#include "sys/files.h"
#include "sys/interrupt.h"
#include "sys/process.h"
#include "tide/error.h"

namespace tide::test {

inline Command program(std::vector<std::string> argv) {
  Command command;
  command.argv = std::move(argv);
  return command;
}

inline Command shell(const std::string& text) { return program({"sh", "-c", text}); }

inline Error raised_by(const Command& command) {
  try {
    run_command(command);
  } catch (const Error& error) {
    return error;
  }
  return {ErrorKind::kInternal, "nothing was raised"};
}

// Every test leaves the process as it was: no descriptor more, no child, no zombie.
class ProcessTest : public testing::Test {
 protected:
  void SetUp() override { clear_interrupt(); }
  void TearDown() override {
    EXPECT_EQ(open_descriptors(), descriptors_);
    EXPECT_EQ(children(), children_);
    clear_interrupt();
  }

  TempDir dir;

 private:
  static std::size_t open_descriptors() { return list_directory("/proc/self/fd").size(); }
  // Also those that have ended and were not waited for; other suites keep servers running.
  static std::string children() {
    std::string numbers;
    for (const DirectoryEntry& thread : list_directory("/proc/self/task")) {
      numbers += read_file(cat("/proc/self/task/", thread.name, "/children"));
    }
    return numbers;
  }
  std::size_t descriptors_ = open_descriptors();
  std::string children_ = children();
};

}  // namespace tide::test
