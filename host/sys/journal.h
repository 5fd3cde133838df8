#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sys/descriptor.h"

namespace tide {

// What a journal holds. A last line without its end is one that was being written when the machine stopped.
struct JournalText {
  std::vector<std::string> entries;  // JSON, in order
  std::string hash;                  // of the last one
  std::uint64_t size = 0;            // bytes of whole lines
  bool torn = false;                 // something stands behind them
};

// Raises kVerify, naming the line, for one that was changed, moved or taken out. That the last ones were taken off does
// not show in the file: whoever wants to see it keeps the last hash.
JournalText read_journal(const std::string& path);

// A file of lines that is only added to; each carries a hash over itself and the line before:
//   {"hash":"<64 hex digits>","entry":{...}}    SHA-256 of the previous hash (64 zeros at first) and the entry's bytes
class Journal {
 public:
  // Makes a new file, kIo when there is one; or goes on behind what `read_journal` found, cutting off a torn line.
  static Journal create(const std::string& path);
  static Journal open(const std::string& path, const JournalText& found);

  // Leaves nothing of a line that could not be written whole.
  void append(std::string_view entry);
  void sync();  // on disk when it returns
  const std::string& hash() const { return hash_; }

 private:
  Journal(std::string path, int fd, std::string hash, std::uint64_t size)
      : path_(std::move(path)), fd_(fd), hash_(std::move(hash)), size_(size) {}

  std::string path_;
  Descriptor fd_;
  std::string hash_;
  std::uint64_t size_ = 0;
};

}  // namespace tide
