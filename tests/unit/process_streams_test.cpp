#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <string>

#include "sys/process_capture.h"
#include "unit/process_fixture.h"

namespace tide::test {
namespace {

// proc(5), statm: the second number
std::size_t resident_pages() { return std::stoul(split(read_file("/proc/self/statm"), ' ').at(1)); }

using ProcessStreams = ProcessTest;

TEST_F(ProcessStreams, reads_a_text_a_file_or_nothing) {
  Command command = program({"cat"});
  EXPECT_EQ(run_command(command).out, "");
  command.stdin_text = std::string("a\0b", 3);
  EXPECT_EQ(run_command(command).out, std::string("a\0b", 3));
  command.stdin_text.assign(3 << 20, 'x');  // more than pipes hold, in both directions at once
  EXPECT_EQ(run_command(command).out, command.stdin_text);
  command.stdin_text.clear();
  command.stdin_file = dir.write("in", "from a file");
  EXPECT_EQ(run_command(command).out, "from a file");
  command.stdin_file = dir / "none";
  EXPECT_EQ(raised_by(command).message, "cannot read \"" + dir / "none" + "\": No such file or directory");
  command.stdin_file = dir.path();
  EXPECT_EQ(raised_by(command).message, "cannot read \"" + dir.path() + "\": Is a directory");
}

TEST_F(ProcessStreams, need_not_read_what_it_is_given) {
  Command command = program({"true"});
  command.stdin_text.assign(3 << 20, 'x');
  EXPECT_TRUE(run_command(command).ok());
}

TEST_F(ProcessStreams, writes_to_a_file_which_nothing_empties_when_it_cannot_start) {
  Command command = shell("echo new; echo err >&2");
  command.stdout_file = dir.write("out", "old and longer");
  Command lost = command;
  lost.argv[0] = "no-such-shell";
  EXPECT_EQ(raised_by(lost).kind, ErrorKind::kIo);
  EXPECT_EQ(dir.read("out"), "old and longer");
  const CommandResult result = run_command(command);
  EXPECT_EQ(dir.read("out"), "new\n");
  EXPECT_EQ(result.out + "|" + result.err, "|err\n");
  command.stdout_file = dir / "no/out";
  EXPECT_EQ(raised_by(command).message, "cannot write \"" + dir / "no/out" + "\": No such file or directory");
}

TEST_F(ProcessStreams, hands_on_what_it_writes_as_it_comes) {
  std::string seen;
  Command command = shell("echo one; sleep 0.3; echo two >&2; sleep 0.1; echo three");
  const auto begun = std::chrono::steady_clock::now();
  double first_ms = 0;
  command.on_output = [&](OutputStream stream, std::string_view piece) {
    if (seen.empty()) {
      first_ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun).count();
    }
    seen += cat(stream == OutputStream::kOut ? "out " : "err ", piece);
  };
  const CommandResult result = run_command(command);
  EXPECT_EQ(seen, "out one\nerr two\nout three\n");
  EXPECT_LT(first_ms, result.ms - 300);
}

TEST_F(ProcessStreams, that_writes_more_than_is_kept_gives_the_beginning_and_the_end) {
  Command command = shell("seq 1 100000; seq 1 5 >&2");
  command.capture_limit = 20;
  const CommandResult result = run_command(command);
  EXPECT_EQ(result.out, "1\n2\n3\n4\n5\n\n[... 588875 bytes left out ...]\n99\n100000\n");
  EXPECT_EQ(result.out_bytes, 588895);
  EXPECT_EQ(result.err, "1\n2\n3\n4\n5\n");
}

TEST_F(ProcessStreams, may_carry_a_gigabyte_and_memory_stays_as_it_is) {
  Command command = shell("head -c 1073741824 /dev/zero");
  command.capture_limit = 1 << 20;
  const std::size_t before = resident_pages();
  std::size_t most = 0, pieces = 0;
  command.on_output = [&](OutputStream, std::string_view) {
    if (++pieces % 256 == 0) most = std::max(most, resident_pages());
  };
  EXPECT_EQ(run_command(command).out_bytes, 1073741824);
  EXPECT_GT(most, 0u);
  EXPECT_LT(most, before + (8 << 20) / static_cast<std::size_t>(::getpagesize()));
}

TEST(Capture, keeps_head_and_tail_however_the_pieces_come) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += cat(i, ",");
  for (std::size_t limit : {0u, 1u, 2u, 7u, 100u, 3889u, 3890u, 10000u}) {
    for (std::size_t size : {1u, 3u, 50u, 4000u}) {
      Capture capture(limit);
      for (std::size_t at = 0; at < text.size(); at += size) capture.add(std::string_view(text).substr(at, size));
      const std::size_t head = limit - limit / 2, tail = limit / 2;
      const std::string expected = text.size() <= limit
                                       ? text
                                       : cat(text.substr(0, head), "\n[... ", text.size() - limit,
                                             " bytes left out ...]\n", text.substr(text.size() - tail));
      EXPECT_EQ(capture.take(), expected) << limit << " in pieces of " << size;
      EXPECT_EQ(capture.bytes(), static_cast<std::int64_t>(text.size()));
    }
  }
}

}  // namespace
}  // namespace tide::test
