#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <thread>

#include "unit/process_fixture.h"

namespace tide::test {
namespace {

bool runs(const std::string& pid) {
  try {
    return read_file("/proc/" + pid + "/stat").find(") Z") == std::string::npos;
  } catch (const Error&) {
    return false;
  }
}

// Waits a moment for what was just told to end.
bool goes_on(const std::string& pid) {
  for (int i = 0; i < 100 && runs(pid); ++i) ::usleep(10000);
  return runs(pid);
}

using ProcessEnd = ProcessTest;

TEST_F(ProcessEnd, past_its_timeout_is_ended_with_all_that_it_started) {
  Command command = shell("sleep 100 & echo $!; sleep 100 & echo $!; wait");
  command.timeout_ms = 200;
  const CommandResult result = run_command(command);
  EXPECT_TRUE(result.timed_out);
  EXPECT_EQ(result.signal, SIGTERM);
  EXPECT_EQ(end_text(result), "took longer than its timeout and was ended");
  EXPECT_LT(result.ms, 1500);
  const std::vector<std::string> pids = split(trim(result.out), '\n');
  ASSERT_EQ(pids.size(), 2u);
  for (const std::string& pid : pids) EXPECT_FALSE(goes_on(pid));
}

TEST_F(ProcessEnd, may_clean_up_when_its_time_is_up) {
  Command command = shell("trap 'echo bye; exit 7' TERM; echo ready; while :; do sleep 0.05; done");
  command.timeout_ms = 300;
  const CommandResult result = run_command(command);
  EXPECT_EQ(result.out, "ready\nbye\n");
  EXPECT_EQ(result.code, 7);
  EXPECT_TRUE(result.timed_out);
  EXPECT_FALSE(result.ok());
}

TEST_F(ProcessEnd, what_it_started_may_clean_up_too) {
  Command command = shell("(trap 'sleep 0.3; echo done > " + dir / "done" +
                          "; exit' TERM; while :; do sleep 0.05; done) >/dev/null 2>&1 & wait");
  command.timeout_ms = 200;
  run_command(command);
  EXPECT_TRUE(is_file(dir / "done"));
}

TEST_F(ProcessEnd, that_ignores_the_request_is_killed_after_the_grace_period) {
  for (const char* text : {"trap '' TERM; while :; do sleep 0.05; done", "kill -STOP $$",
                           "(trap '' TERM; while :; do sleep 0.05; done) & wait"}) {
    Command command = shell(text);
    command.timeout_ms = 100;
    command.grace_ms = 300;
    const CommandResult result = run_command(command);
    EXPECT_TRUE(result.timed_out) << text;
    EXPECT_LT(result.ms, 2000) << text;
  }
}

TEST_F(ProcessEnd, within_its_timeout_is_left_alone) {
  Command command = shell("sleep 0.1; echo done");
  command.timeout_ms = 20000;
  const CommandResult result = run_command(command);
  EXPECT_EQ(result.out, "done\n");
  EXPECT_TRUE(result.ok());
}

TEST_F(ProcessEnd, is_gone_when_the_reader_of_its_output_throws) {
  std::string pid;
  Command command = shell("echo $$; sleep 100");
  command.on_output = [&](OutputStream, std::string_view piece) {
    pid = std::string(trim(piece));
    throw std::runtime_error("enough");
  };
  EXPECT_THROW(run_command(command), std::runtime_error);
  EXPECT_FALSE(goes_on(pid));
}

TEST_F(ProcessEnd, that_leaves_something_running_is_not_waited_for_longer_than_half_a_second) {
  const auto begun = std::chrono::steady_clock::now();
  const CommandResult result = run_command(shell("sleep 30 & echo $!"));
  const auto took = std::chrono::steady_clock::now() - begun;
  EXPECT_TRUE(result.ok());
  EXPECT_TRUE(result.left_running);
  EXPECT_GT(took, std::chrono::milliseconds(450));
  EXPECT_LT(took, std::chrono::seconds(5));
  const pid_t left = std::atoi(result.out.c_str());
  ASSERT_GT(left, 0);
  EXPECT_EQ(::kill(left, SIGKILL), 0) << "it was left alone";
}

TEST_F(ProcessEnd, is_waited_for_until_what_it_left_running_has_written) {
  const CommandResult result = run_command(shell("(sleep 0.1; echo late) & echo early"));
  EXPECT_EQ(result.out, "early\nlate\n");
  EXPECT_FALSE(result.left_running);
}

class InterruptedProcess : public ProcessTest {
 protected:
  void SetUp() override {
    ProcessTest::SetUp();
    install_interrupt_handlers();
  }
  // Ctrl-C as soon as the command has written a line.
  Error interrupt(Command command) {
    command.on_output = [](OutputStream, std::string_view) {
      if (!interrupted()) ::raise(SIGINT);
    };
    return raised_by(command);
  }
};

TEST_F(InterruptedProcess, gets_the_signal_and_raises) {
  const Error error =
      interrupt(shell("trap 'echo got > " + dir / "got" + "; exit' INT; echo ready; while :; do sleep 0.05; done"));
  EXPECT_EQ(error.kind, ErrorKind::kInterrupted);
  EXPECT_EQ(error.message.substr(0, 19), "interrupted: sh -c ");
  EXPECT_TRUE(is_file(dir / "got"));
}

TEST_F(InterruptedProcess, that_ignores_it_is_ended_all_the_same) {
  for (const char* ignored : {"INT", "INT TERM"}) {
    clear_interrupt();
    Command command = shell(cat("trap '' ", std::string_view(ignored), "; echo ready; while :; do sleep 0.05; done"));
    command.grace_ms = 300;
    EXPECT_EQ(interrupt(command).kind, ErrorKind::kInterrupted);
  }
}

TEST_F(InterruptedProcess, is_woken_when_the_signal_meets_another_thread) {
  std::thread sender([] {
    ::usleep(200000);
    ::raise(SIGINT);
  });
  EXPECT_EQ(raised_by(program({"sleep", "100"})).kind, ErrorKind::kInterrupted);
  sender.join();
}

TEST_F(InterruptedProcess, is_not_started_any_more) {
  ::raise(SIGINT);
  EXPECT_EQ(raised_by(shell("touch " + dir / "started")).kind, ErrorKind::kInterrupted);
  EXPECT_FALSE(is_file(dir / "started"));
}

}  // namespace
}  // namespace tide::test
