#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "sys/descriptor.h"

namespace tide {

struct DirectoryEntry {
  std::string name;
  bool is_directory = false;  // a link to a directory is one
};

// All of them raise kIo with the path and the system's reason.
std::string read_file(const std::string& path);
// To a temporary name beside it, synced, renamed: a reader sees the old text or the new, never a part. Keeps the
// permissions of a file that was there.
void write_file(const std::string& path, std::string_view text);
std::vector<DirectoryEntry> list_directory(const std::string& path);  // unsorted, without . and ..
void make_directories(const std::string& path);

bool is_file(const std::string& path);  // a link to a file is one
bool is_directory(const std::string& path);
std::string absolute_path(const std::string& path, const std::string& base);  // "base/path" unless absolute
std::string real_path(const std::string& path);         // links and .. resolved; raises kIo when it is not there
std::string parent_directory(const std::string& path);  // "." of a bare name, "/" of "/"
std::string base_name(const std::string& path);

// What tells one state of a file from another without reading it. Times are in nanoseconds since 1970.
struct FileStamp {
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  std::int64_t modified_ns = 0;  // content; may be set by programs
  std::int64_t changed_ns = 0;   // content or inode; the system's alone

  friend bool operator==(const FileStamp& a, const FileStamp& b) {
    return a.inode == b.inode && a.size == b.size && a.modified_ns == b.modified_ns && a.changed_ns == b.changed_ns;
  }
  friend bool operator!=(const FileStamp& a, const FileStamp& b) { return !(a == b); }
};

// A directory held open so that many of its files can be listed and read for one open, read and close each.
class Directory {
 public:
  explicit Directory(const std::string& path);
  std::vector<DirectoryEntry> list() const;
  FileStamp stamp(const std::string& name) const;  // of the file a link leads to
  // Hands the file's bytes to `visit` in order, in pieces that fit `buffer`; an empty file gives none. May be called
  // from several threads, each with a buffer of its own.
  void read(const std::string& name, std::vector<char>& buffer,
            const std::function<void(std::string_view piece)>& visit) const;

 private:
  std::string path_;
  Descriptor fd_;
};

}  // namespace tide
