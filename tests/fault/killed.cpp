#include "fault/killed.h"

#include <csignal>
#include <thread>

namespace tide::test {

using std::chrono::microseconds;

microseconds duration_of(const Project& project, const Args& args) {
  const auto began = std::chrono::steady_clock::now();
  EXPECT_TRUE(exits(project.tide(args), 0));
  return std::chrono::duration_cast<microseconds>(std::chrono::steady_clock::now() - began);
}

bool killed_after(Command command, microseconds delay) {
  Process process(std::move(command));
  std::this_thread::sleep_for(delay);
  process.signal(SIGKILL);
  return process.wait().signal == SIGKILL;
}

void finish(const Project& project, const Args& args) {
  for (int attempt = 0; attempt < 80; ++attempt) {
    const Outcome outcome = project.tide(args);
    if (outcome.code == 0) return;
    ASSERT_EQ(outcome.code, 3) << outcome.err;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  FAIL() << "what a killed process has left was not taken on";
}

}  // namespace tide::test
