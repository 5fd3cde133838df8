#include "sys/files.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "support/temp_dir.h"
#include "sys/file_lock.h"
#include "sys/process_identity.h"
#include "tide/error.h"

namespace tide {
namespace {

using test::TempDir;

template <class Action>
std::string io_error(Action action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, ErrorKind::kIo);
    return error.message;
  }
  return "no error";
}

TEST(Files, are_read_as_they_are_of_any_size) {
  TempDir dir;
  for (std::size_t size : {0u, 1u, 65535u, 65536u, 65537u, 1000000u}) {
    std::string text(size, 'x');
    if (size > 1) text[size / 2] = '\0';
    write_file(dir / "f", text);
    EXPECT_EQ(read_file(dir / "f"), text) << size;
  }
}

TEST(Files, that_tell_no_size_are_read_to_their_end) { EXPECT_FALSE(read_file("/proc/self/status").empty()); }

TEST(Files, reading_names_the_path_and_the_systems_reason) {
  TempDir dir;
  EXPECT_EQ(io_error([&] { read_file(dir / "none"); }),
            "cannot open \"" + dir / "none" + "\": No such file or directory");
  EXPECT_EQ(io_error([&] { read_file(dir.path()); }), "cannot read \"" + dir.path() + "\": Is a directory");
  EXPECT_EQ(io_error([&] { list_directory(dir / "none"); }),
            "cannot read the directory \"" + dir / "none" + "\": No such file or directory");
}

TEST(Files, writing_replaces_and_leaves_nothing_else_behind) {
  TempDir dir;
  write_file(dir / "f", "old");
  write_file(dir / "f", "new");
  EXPECT_EQ(read_file(dir / "f"), "new");
  EXPECT_EQ(list_directory(dir.path()).size(), 1u);
}

TEST(Files, writing_keeps_the_permissions_of_what_was_there) {
  TempDir dir;
  write_file(dir / "f", "old");
  ASSERT_EQ(::chmod((dir / "f").c_str(), 0640), 0);
  write_file(dir / "f", "new");
  struct stat about {};
  ASSERT_EQ(::stat((dir / "f").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777u, 0640u);
}

TEST(Files, that_cannot_be_written_leave_the_old_text_and_no_rest) {
  TempDir dir;
  make_directories(dir / "d/f");
  EXPECT_EQ(io_error([&] { write_file(dir / "d/f", "x"); }), "cannot replace \"" + dir / "d/f" + "\": Is a directory");
  EXPECT_EQ(list_directory(dir / "d").size(), 1u);
  EXPECT_EQ(io_error([&] { write_file(dir / "none/f", "x"); }),
            "cannot write \"" + dir / "none/f" + "\": No such file or directory");
}

TEST(Files, directories_are_listed_with_links_followed) {
  TempDir dir;
  dir.write("a.sql", "x");
  make_directories(dir / "sub/deeper");
  ASSERT_EQ(::symlink("sub", (dir / "link").c_str()), 0);
  std::vector<DirectoryEntry> entries = list_directory(dir.path());
  std::sort(entries.begin(), entries.end(), [](auto& a, auto& b) { return a.name < b.name; });
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_EQ(entries[0].name, "a.sql");
  EXPECT_FALSE(entries[0].is_directory);
  EXPECT_TRUE(entries[1].is_directory) << entries[1].name;
  EXPECT_TRUE(entries[2].is_directory) << entries[2].name;
}

TEST(Files, making_directories_is_content_with_what_is_there_and_refuses_a_file_in_the_way) {
  TempDir dir;
  make_directories(dir / "a/b/c");
  make_directories(dir / "a/b/c");
  EXPECT_TRUE(is_directory(dir / "a/b/c"));
  dir.write("file", "x");
  EXPECT_EQ(io_error([&] { make_directories(dir / "file"); }),
            "cannot create \"" + dir / "file" + "\": Not a directory");
}

TEST(Files, a_directory_reads_its_files_piece_by_piece) {
  TempDir dir;
  std::string text(200000, 'a');
  text.back() = 'z';
  dir.write("big", text);
  dir.write("empty", "");
  Directory opened(dir.path());
  std::vector<char> buffer;
  std::string read;
  int pieces = 0;
  opened.read("big", buffer, [&](std::string_view piece) {
    read.append(piece);
    ++pieces;
  });
  EXPECT_EQ(read, text);
  EXPECT_GT(pieces, 1);
  opened.read("empty", buffer, [&](std::string_view) { FAIL() << "an empty file has no pieces"; });
}

TEST(Files, paths_are_taken_apart) {
  struct Case {
    const char* path;
    const char* parent;
    const char* name;
  };
  for (const Case& c : {Case{"a/b.lua", "a", "b.lua"}, Case{"b.lua", ".", "b.lua"}, Case{"/b", "/", "b"},
                        Case{"/", "/", "/"}, Case{"a//b/", "a", "b"}, Case{"", ".", ""}}) {
    EXPECT_EQ(parent_directory(c.path), c.parent) << c.path;
    EXPECT_EQ(base_name(c.path), c.name) << c.path;
  }
  EXPECT_EQ(absolute_path("m", "/p"), "/p/m");
  EXPECT_EQ(absolute_path("/m", "/p"), "/m");
  EXPECT_EQ(absolute_path("m", "/"), "/m");
}

TEST(FileLock, is_held_by_one_at_a_time_and_says_by_whom) {
  TempDir dir;
  FileLock second(dir / "lock");
  {
    FileLock first(dir / "lock");
    ASSERT_TRUE(first.try_lock("the first"));
    EXPECT_FALSE(second.try_lock("the second"));
    EXPECT_EQ(second.holder_line(), "the first");
  }
  EXPECT_EQ(second.holder_line(), "");
  EXPECT_TRUE(second.try_lock("the second"));
}

TEST(ProcessIdentity, tells_a_living_process_from_another_with_its_number) {
  std::string own = own_process_identity();
  EXPECT_TRUE(process_alive(own));
  EXPECT_FALSE(process_alive(own + "1"));
  for (const char* nobody : {"", "0.1", "99999999.1", "x.1", "../self.1"})
    EXPECT_FALSE(process_alive(nobody)) << nobody;
}

TEST(ProcessIdentity, is_told_where_proc_shows_the_processes_of_others) {
  const pid_t outer = fork();
  if (outer == 0) {
    if (unshare(CLONE_NEWPID) != 0) _exit(77);
    const pid_t inner = fork();
    if (inner == 0) {
      const std::string own = own_process_identity();
      _exit(own == std::to_string(getpid()) + ".0" && process_alive(own) && !process_alive("4321.0") ? 0 : 1);
    }
    int status = 0;
    waitpid(inner, &status, 0);
    _exit(WEXITSTATUS(status));
  }
  int status = 0;
  waitpid(outer, &status, 0);
  if (WEXITSTATUS(status) == 77) GTEST_SKIP() << "a namespace of processes cannot be made here";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace tide
