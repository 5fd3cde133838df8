#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <thread>

#include "unit/process_fixture.h"

namespace tide::test {
namespace {

// A line of proc(5)'s status, without the real-time signals, of which the C library keeps two.
unsigned long signals_in(const std::string& status, const std::string& line) {
  const std::size_t at = status.find("\n" + line + ":\t");
  if (at == std::string::npos) return ~0ul;
  return std::strtoul(status.c_str() + at + line.size() + 3, nullptr, 16) & 0x7fffffff;
}

using Process = ProcessTest;

TEST_F(Process, gives_its_output_and_exit_code) {
  const CommandResult result = run_command(shell("echo out; echo err >&2; exit 3"));
  EXPECT_EQ(result.out, "out\n");
  EXPECT_EQ(result.err, "err\n");
  EXPECT_EQ(result.code, 3);
  EXPECT_EQ(result.signal, 0);
  EXPECT_EQ(result.out_bytes, 4);
  EXPECT_GT(result.ms, 0);
  EXPECT_FALSE(result.ok() || result.timed_out || result.left_running);
  EXPECT_EQ(end_text(result), "exited with code 3");
  EXPECT_TRUE(run_command(program({"true"})).ok());
}

TEST_F(Process, ended_by_a_signal_says_which) {
  const CommandResult result = run_command(shell("kill -KILL $$"));
  EXPECT_EQ(result.signal, SIGKILL);
  EXPECT_EQ(result.code, 128 + SIGKILL);
  EXPECT_EQ(end_text(result), "was ended by SIGKILL");
}

TEST_F(Process, gets_its_arguments_as_they_are) {
  const CommandResult result = run_command(program({"printf", "%s|", "a b", "", "$HOME", "*", "'\"", "\xff\n"}));
  EXPECT_EQ(result.out, "a b||$HOME|*|'\"|\xff\n|");
}

TEST_F(Process, that_cannot_be_started_says_why) {
  const std::string text = dir.write("text", "hello"), bare = dir.write("bare", "hello"),
                    lost = dir.write("lost", "#!/no/such/interpreter\n");
  for (const std::string& path : {bare, lost}) ::chmod(path.c_str(), 0755);
  const std::string here = dir.path();
  struct Case {
    std::vector<std::string> argv;
    std::string cwd;
    std::string message;
  };
  const std::vector<Case> cases = {
      {{"pg_dmp"}, "", "the program \"pg_dmp\" was not found; PATH is " + here + ":/no/such"},
      {{"/no/such"}, "", "the program \"/no/such\" is not there"},
      {{text + "/x"}, "", "the program \"" + text + "/x\" is not there"},
      {{"text"}, "", "cannot run \"" + text + "\": it may not be executed (permission denied)"},
      {{text}, "", "cannot run \"" + text + "\": it may not be executed (permission denied)"},
      {{"./text"}, here, "cannot run \"./text\": it may not be executed (permission denied)"},
      {{here}, "", "cannot run \"" + here + "\": Is a directory"},
      {{bare}, "", "cannot run \"" + bare + "\": it is neither a program nor a script that begins with #!"},
      {{lost}, "", "cannot run \"" + lost + "\": the interpreter that it names is not there"},
      {{"/bin/true"}, "/no/such", "cannot run /bin/true in \"/no/such\": No such file or directory"},
      {{"/bin/true"}, text, "cannot run /bin/true in \"" + text + "\": Not a directory"},
  };
  for (const Case& one : cases) {
    Command command = program(one.argv);
    command.cwd = one.cwd;
    command.env = {{"PATH", here + ":/no/such"}};
    const Error error = raised_by(command);
    EXPECT_EQ(error.message, one.message);
    EXPECT_EQ(error.kind, ErrorKind::kIo) << one.message;
  }
}

TEST_F(Process, that_no_program_can_be_given_is_refused) {
  Command named = program({"true"}), valued = named, twice = named;
  named.env = {{"A=B", "1"}};
  valued.env = {{"A", std::string("1\0", 2)}};
  twice.stdin_text = "x";
  twice.stdin_file = "/dev/null";
  EXPECT_EQ(raised_by(program({})).message, "a command needs a program");
  EXPECT_EQ(raised_by(program({""})).message, "a command needs a program");
  EXPECT_EQ(raised_by(program({"true", std::string("a\0b", 3)})).message,
            "an argument has a NUL byte in it, which no program can be given");
  EXPECT_EQ(raised_by(named).message, "\"A=B\" cannot be a variable's name");
  EXPECT_EQ(raised_by(valued).message, "the variable A has a NUL byte in it, which no program can be given");
  EXPECT_EQ(raised_by(twice).message, "a command reads a text or a file, not both");
  EXPECT_EQ(raised_by(twice).kind, ErrorKind::kUsage);
}

TEST_F(Process, with_too_many_arguments_is_refused_by_the_system) {
  EXPECT_EQ(raised_by(program({"/bin/true", std::string(4 << 20, 'x')})).message,
            "cannot run \"/bin/true\": Argument list too long");
}

TEST_F(Process, runs_where_it_is_told_to) {
  dir.write("tool", "#!/bin/sh\npwd\n");
  ::chmod((dir / "tool").c_str(), 0755);
  Command command = program({"./tool"});
  command.cwd = dir.path();
  EXPECT_EQ(run_command(command).out, real_path(dir.path()) + "\n");
}

TEST_F(Process, sees_the_few_variables_that_are_passed_on_and_those_it_is_given) {
  ::setenv("TIDE_TEST_SECRET", "s3cret", 1);
  ::setenv("LC_TIDE_TEST", "de", 1);
  Command command = program({"env"});
  command.env = {{"GIVEN", "a=b\nc"}, {"HOME", "/elsewhere"}};
  const std::string out = run_command(command).out;
  EXPECT_EQ(out.find("s3cret"), std::string::npos);
  EXPECT_NE(out.find("LC_TIDE_TEST=de\n"), std::string::npos);
  EXPECT_NE(out.find("GIVEN=a=b\nc\n"), std::string::npos);
  EXPECT_NE(out.find("HOME=/elsewhere\n"), std::string::npos);
  EXPECT_EQ(out.find("HOME="), out.rfind("HOME="));
  EXPECT_NE(out.find("PATH="), std::string::npos);
  command.inherit_env = true;
  EXPECT_NE(run_command(command).out.find("TIDE_TEST_SECRET=s3cret\n"), std::string::npos);
  ::unsetenv("TIDE_TEST_SECRET");
  ::unsetenv("LC_TIDE_TEST");
}

TEST_F(Process, gets_no_descriptor_of_ours) {
  const int leaked = ::open("/dev/null", O_RDONLY);  // not closed on exec, as a library may leave one
  const CommandResult result =
      run_command(shell("i=0; while [ $i -lt 300 ]; do [ -e /proc/$$/fd/$i ] && echo $i; i=$((i+1)); done"));
  ::close(leaked);
  EXPECT_EQ(result.out, "0\n1\n2\n");
}

TEST_F(Process, starts_with_default_signals_and_none_blocked) {
  struct sigaction ignored {
  }, old{};
  ignored.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignored, &old);
  sigset_t blocked, mask;
  ::sigfillset(&blocked);
  ::pthread_sigmask(SIG_BLOCK, &blocked, &mask);
  const std::string status = run_command(program({"cat", "/proc/self/status"})).out;
  ::pthread_sigmask(SIG_SETMASK, &mask, nullptr);
  ::sigaction(SIGPIPE, &old, nullptr);
  EXPECT_EQ(signals_in(status, "SigBlk"), 0u);
  EXPECT_EQ(signals_in(status, "SigIgn"), 0u);
}

TEST_F(Process, can_be_started_when_our_own_streams_are_closed) {
  int saved[3];
  for (int fd = 0; fd < 3; ++fd) saved[fd] = ::fcntl(fd, F_DUPFD_CLOEXEC, 100);
  for (int fd = 0; fd < 3; ++fd) ::close(fd);
  Command command = shell("cat; echo err >&2");
  command.stdin_text = "in";
  const CommandResult result = run_command(command);
  for (int fd = 0; fd < 3; ++fd) {
    ::dup2(saved[fd], fd);
    ::close(saved[fd]);
  }
  EXPECT_EQ(result.out + "|" + result.err, "in|err\n");
}

TEST_F(Process, tells_its_exit_code_even_when_our_parent_ignored_sigchld) {
  struct sigaction ignored {
  }, old{};
  ignored.sa_handler = SIG_IGN;
  ::sigaction(SIGCHLD, &ignored, &old);
  EXPECT_EQ(run_command(shell("exit 4")).code, 4);
  ::sigaction(SIGCHLD, &old, nullptr);
}

TEST_F(Process, has_no_terminal_to_ask_on) {
  EXPECT_EQ(run_command(shell("echo question > /dev/tty || exit 5")).code, 5);
}

TEST_F(Process, runs_in_several_threads_at_once) {
  std::vector<std::thread> threads;
  std::vector<std::string> outs(8);
  for (std::size_t i = 0; i < outs.size(); ++i) {
    threads.emplace_back([&outs, i] {
      for (int n = 0; n < 10; ++n) outs[i] += run_command(shell(cat("echo ", i))).out;
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (std::size_t i = 0; i < outs.size(); ++i) EXPECT_EQ(std::count(outs[i].begin(), outs[i].end(), '\n'), 10) << i;
}

TEST(FindProgram, looks_along_the_path) {
  EXPECT_TRUE(ends_with(find_program("sh"), "/sh"));
  EXPECT_EQ(find_program("/bin/sh"), "/bin/sh");
  EXPECT_EQ(find_program("no-such-program"), "");
  EXPECT_EQ(find_program("/etc/passwd"), "");
  EXPECT_EQ(find_program("/etc"), "");
  EXPECT_EQ(find_program(""), "");
}

TEST(CommandText, is_quoted_where_a_shell_would_need_it) {
  EXPECT_EQ(command_text({"pg_dump", "--file=/tmp/a b", "it's", "", "$x", "Größe", "a=b,c:d@e"}),
            "pg_dump '--file=/tmp/a b' 'it'\\''s' '' '$x' Größe a=b,c:d@e");
}

}  // namespace
}  // namespace tide::test
