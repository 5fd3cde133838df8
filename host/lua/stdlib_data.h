#pragma once

#include <cstddef>

namespace tide {

struct EmbeddedFile {
  const char* path;           // relative to stdlib/
  const unsigned char* data;  // followed by a zero byte
  std::size_t size;
};

extern const EmbeddedFile kEmbeddedFiles[];
extern const std::size_t kEmbeddedFileCount;

}  // namespace tide
