#include "support/temp_dir.h"

#include <stdlib.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

namespace tide::test {

TempDir::TempDir() : path_((std::filesystem::temp_directory_path() / "tide-XXXXXX").string()) {
  if (mkdtemp(path_.data()) == nullptr) throw std::system_error(errno, std::generic_category(), path_);
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TempDir::operator/(std::string_view name) const { return (std::filesystem::path(path_) / name).string(); }

std::string TempDir::write(std::string_view name, std::string_view text) const {
  const std::filesystem::path file = std::filesystem::path(path_) / name;
  std::filesystem::create_directories(file.parent_path());
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  if (!out) throw std::system_error(errno, std::generic_category(), file.string());
  return file.string();
}

std::string TempDir::read(std::string_view name) const {
  std::ifstream in(std::filesystem::path(path_) / name, std::ios::binary);
  if (!in) throw std::system_error(errno, std::generic_category(), std::string(name));
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace tide::test
