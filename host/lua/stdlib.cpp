#include "lua/stdlib.h"

#include <string_view>

#include "base/text.h"
#include "lua/stdlib_data.h"
#include "sys/files.h"
#include "tide/error.h"

namespace tide {

namespace {

const EmbeddedFile* find_embedded(std::string_view path) {
  for (std::size_t i = 0; i < kEmbeddedFileCount; ++i) {
    if (path == kEmbeddedFiles[i].path) return &kEmbeddedFiles[i];
  }
  return nullptr;
}

}  // namespace

std::string stdlib_text(const std::string& path, const std::string& directory) {
  if (!directory.empty()) return read_file(cat(directory, "/", path));
  const EmbeddedFile* file = find_embedded(path);
  if (file == nullptr) throw Error(ErrorKind::kConfig, cat("the stdlib has no file ", path));
  return {reinterpret_cast<const char*>(file->data), file->size};
}

bool stdlib_has(const std::string& path, const std::string& directory) {
  if (!directory.empty()) return is_file(cat(directory, "/", path));
  return find_embedded(path) != nullptr;
}

std::vector<std::string> stdlib_paths() {
  std::vector<std::string> paths;
  for (std::size_t i = 0; i < kEmbeddedFileCount; ++i) paths.emplace_back(kEmbeddedFiles[i].path);
  return paths;
}

}  // namespace tide
