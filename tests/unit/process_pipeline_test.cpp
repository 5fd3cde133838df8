#include <signal.h>
#include <sys/stat.h>

#include <chrono>

#include "unit/process_fixture.h"

namespace tide::test {
namespace {

using ProcessPipeline = ProcessTest;

TEST_F(ProcessPipeline, hands_the_output_of_each_to_the_next) {
  Command first = program({"cat"});
  first.stdin_text = "b\na\nb\n";
  const auto results = run_pipeline({first, program({"sort"}), program({"uniq", "-c"})});
  ASSERT_EQ(results.size(), 3u);
  EXPECT_EQ(results[0].out + results[1].out, "");
  EXPECT_EQ(results[2].out, "      1 a\n      2 b\n");
  for (const CommandResult& result : results) EXPECT_TRUE(result.ok());
}

TEST_F(ProcessPipeline, tells_the_end_and_the_messages_of_each) {
  const auto results = run_pipeline(
      {shell("echo one >&2; exit 1"), shell("cat; echo two >&2; exit 2"), shell("cat; echo three >&2; kill -TERM $$")});
  EXPECT_EQ(results[0].code, 1);
  EXPECT_EQ(results[1].code, 2);
  EXPECT_EQ(results[2].signal, SIGTERM);
  EXPECT_EQ(results[0].err + results[1].err + results[2].err, "one\ntwo\nthree\n");
}

TEST_F(ProcessPipeline, ends_a_writer_that_nobody_reads_any_more) {
  const auto results = run_pipeline({program({"yes"}), program({"head", "-n", "1"})});
  EXPECT_EQ(results[0].signal, SIGPIPE);
  EXPECT_EQ(results[1].out, "y\n");
}

TEST_F(ProcessPipeline, starts_none_when_one_is_not_there) {
  EXPECT_THROW(run_pipeline({shell("touch " + dir / "started"), program({"no-such-program"})}), Error);
  EXPECT_FALSE(is_file(dir / "started"));
}

TEST_F(ProcessPipeline, ends_the_others_when_one_cannot_be_started) {
  const std::string bare = dir.write("bare", "neither program nor script");
  ::chmod(bare.c_str(), 0755);
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_THROW(run_pipeline({program({"sleep", "100"}), program({bare})}), Error);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(5));
}

TEST_F(ProcessPipeline, takes_the_shortest_timeout_and_says_who_was_late) {
  Command first = shell("exit 0"), second = program({"sleep", "100"});
  first.timeout_ms = 60000;
  second.timeout_ms = 200;
  const auto results = run_pipeline({first, second});
  EXPECT_FALSE(results[0].timed_out);
  EXPECT_TRUE(results[1].timed_out);
}

TEST_F(ProcessPipeline, writes_the_last_output_to_a_file) {
  Command last = program({"tr", "a-z", "A-Z"});
  last.stdout_file = dir / "out";
  run_pipeline({program({"echo", "text"}), last});
  EXPECT_EQ(dir.read("out"), "TEXT\n");
}

}  // namespace
}  // namespace tide::test
