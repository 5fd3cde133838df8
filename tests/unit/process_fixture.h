#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cerrno>
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
    EXPECT_EQ(open_descriptors(), before_);
    EXPECT_TRUE(::waitpid(-1, nullptr, WNOHANG) < 0 && errno == ECHILD);
    clear_interrupt();
  }

  TempDir dir;

 private:
  static std::size_t open_descriptors() { return list_directory("/proc/self/fd").size(); }
  std::size_t before_ = open_descriptors();
};

}  // namespace tide::test
