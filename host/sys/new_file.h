#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sys/descriptor.h"

namespace tide {

// A file, written piece by piece, that appears under its name when it is complete and synced, and not at all when it is
// not. Until then it is "PATH.partial"; what a killed process left there is written anew. All raise kIo.
class NewFile {
 public:
  enum class Existing : std::uint8_t { kReplace, kRefuse };

  explicit NewFile(std::string path, unsigned mode = 0666, Existing existing = Existing::kReplace);
  ~NewFile();
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  void write(std::string_view text);
  void complete();
  std::int64_t bytes() const { return bytes_; }

 private:
  void flush();
  void put_in_place();
  [[noreturn]] void fail() const;

  std::string path_, partial_;
  Existing existing_;
  Descriptor fd_;
  std::string buffer_;
  std::int64_t bytes_ = 0;
};

}  // namespace tide
