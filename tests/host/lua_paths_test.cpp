#include <gtest/gtest.h>

#include <filesystem>

#include "lua/paths.h"
#include "lua/state.h"
#include "support/databases.h"
#include "support/temp_dir.h"
#include "sys/files.h"

// What confines scripts to their folders, with links that lead out of them.
namespace tide::test {
namespace {

namespace fs = std::filesystem;

class LuaPathsTest : public testing::Test {
 protected:
  LuaPathsTest() {
    outside_.write("secret.txt", "outside");
    project_.write("a.txt", "inside");
    fs::create_directory(project_ / "sub");
    fs::create_directory_symlink(outside_.path(), project_ / "out");
    fs::create_symlink(outside_ / "secret.txt", project_ / "secret");
    fs::create_symlink(outside_ / "not_there", project_ / "dangling");
    fs::create_symlink("../a.txt", project_ / "sub/link");
    options_.project_dir = project_.path();
  }

  // Runs a script in which all of fs is at hand.
  void run(const std::string& text) {
    LuaState lua(options_);
    lua.load("task.lua", text).push();
    lua.call(0, 0);
  }
  void expect_refused(const std::string& call) {
    const Error error = raised([&] { run(call); });
    EXPECT_EQ(error.kind, ErrorKind::kIo) << call << ": " << error.message;
    EXPECT_EQ(outside_.read("secret.txt"), "outside") << call;
    EXPECT_EQ(list_directory(outside_.path()).size(), 1U) << call;
  }

  TempDir project_;
  TempDir outside_;
  LuaOptions options_;
};

TEST_F(LuaPathsTest, NoLinkLeadsOut) {
  for (const char* call :
       {"fs.read 'secret'", "fs.read 'out/secret.txt'", "fs.write('secret', 'x')", "fs.append('secret', 'x')",
        "fs.write('out/new', 'x')", "fs.mkdir 'out/new'", "fs.mkdir 'out/a/b'", "fs.list 'out'",
        "fs.remove 'out/secret.txt'", "fs.rename('a.txt', 'out/a.txt')", "fs.rename('out/secret.txt', 'b.txt')",
        "fs.copy('a.txt', 'secret')", "fs.copy('secret', 'b.txt')", "fs.exists 'secret'", "fs.size 'secret'",
        "sha256 { file = 'secret' }", "fs.read 'sub/../out/secret.txt'",
        "fs.remove('out/../..', { recursive = true })"}) {
    expect_refused(call);
  }
}

TEST_F(LuaPathsTest, NothingIsMadeThroughALinkToNothing) {
  for (const char* call : {"fs.write('dangling', 'x')", "fs.append('dangling', 'x')", "fs.mkdir 'dangling'",
                           "fs.mkdir 'dangling/x'", "fs.copy('a.txt', 'dangling')"}) {
    expect_refused(call);
  }
}

TEST_F(LuaPathsTest, ALinkWithinIsFollowed) {
  run("assert(fs.read 'sub/link' == 'inside') fs.write('sub/link', 'new')");
  EXPECT_EQ(project_.read("a.txt"), "new");
  EXPECT_TRUE(fs::is_symlink(project_ / "sub/link"));
}

TEST_F(LuaPathsTest, RemovingOrRenamingALinkIsNotDoneToWhatItLeadsTo) {
  run("fs.rename('secret', 'moved') fs.remove 'dangling' fs.remove('out', { recursive = true }) fs.remove 'sub/link'");
  EXPECT_TRUE(fs::is_symlink(project_ / "moved"));
  EXPECT_FALSE(fs::is_symlink(project_ / "out"));
  EXPECT_EQ(outside_.read("secret.txt"), "outside");
  EXPECT_EQ(project_.read("a.txt"), "inside");
}

TEST_F(LuaPathsTest, TheRunsFolderIsOpenTooAndStays) {
  options_.run_dir = outside_.path();
  run("assert(fs.read 'secret' == 'outside') fs.write('out/new', 'x')");
  EXPECT_EQ(outside_.read("new"), "x");
  const Error error = raised([&] { run("fs.remove('" + outside_.path() + "', { recursive = true })"); });
  EXPECT_EQ(error.kind, ErrorKind::kIo);
  EXPECT_EQ(outside_.read("new"), "x");
}

TEST_F(LuaPathsTest, AProjectBehindALinkIsTheSameProject) {
  fs::create_directory_symlink(project_.path(), outside_ / "alias");
  options_.project_dir = outside_ / "alias";
  run("assert(fs.read 'a.txt' == 'inside') assert(fs.read('" + (outside_ / "alias/a.txt") + "') == 'inside')");
}

TEST_F(LuaPathsTest, AFolderWithABeginningInCommonIsAnother) {
  const std::string twin = project_.path() + "x";
  fs::create_directory(twin);
  expect_refused("fs.write('" + twin + "/a', '')");
  expect_refused("fs.list '../" + base_name(twin) + "'");
  fs::remove_all(twin);
}

TEST_F(LuaPathsTest, ReadOnlySessionsWriteNothing) {
  for (const char* call : {"fs.write('new', 'x')", "fs.append('a.txt', 'x')", "fs.mkdir 'new'", "fs.remove 'a.txt'",
                           "fs.rename('a.txt', 'new')", "fs.copy('a.txt', 'new')"}) {
    LuaState lua(options_);
    lua.effects().set_policy(Effects::Policy::kRefuse);
    const Error error = raised([&] {
      lua.load("task.lua", call).push();
      lua.call(0, 0);
    });
    EXPECT_EQ(error.kind, ErrorKind::kGate) << call;
  }
  EXPECT_EQ(project_.read("a.txt"), "inside");
  EXPECT_FALSE(fs::exists(project_ / "new"));
}

}  // namespace
}  // namespace tide::test
