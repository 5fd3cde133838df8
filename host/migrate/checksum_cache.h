#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sys/files.h"

namespace tide {

// What the checksums of files were, so that a folder of thousands need not be read at every call. A checksum is
// believed only while inode, size, and the times of the last change to content and inode are to the nanosecond what
// they were, and lie a while before the cache was written: a file changed in the very moment it was read is read again
// (git's index does the same). Programs can set the first time, none can set the second. Losing the cache loses
// nothing.
class ChecksumCache {
 public:
  // Empty when the file is not there, or is not a cache of this form.
  explicit ChecksumCache(const std::string& path);

  // The checksum of the file of that name; "" when it is not known, or not any more. Of a pair, `other` is the second.
  std::string_view find(std::string_view name, const FileStamp& stamp, const FileStamp& other) const;

  struct Entry {
    std::string_view name;
    FileStamp stamp;
    FileStamp other;
    std::string_view checksum;  // 64 characters
  };
  // Replaces the cache by these; `read_at_ns` is when the first of them was looked at. Does nothing where it may not.
  static void write(const std::string& path, const std::vector<Entry>& entries, std::int64_t read_at_ns) noexcept;

 private:
  // Points into text_: two stamps behind the name, then the checksum. Numbers are in this machine's byte order.
  struct Record {
    std::string_view name;
    const char* fixed;

    static constexpr std::size_t kChecksumSize = 64;
    static constexpr std::size_t kFixedSize = 2 * sizeof(FileStamp) + kChecksumSize;
    FileStamp stamp(std::size_t index) const;
    std::string_view checksum() const { return {fixed + 2 * sizeof(FileStamp), kChecksumSize}; }
  };
  std::string text_;
  std::vector<Record> records_;  // by name
  std::int64_t read_at_ns_ = 0;
};

}  // namespace tide
