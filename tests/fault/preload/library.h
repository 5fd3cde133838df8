#pragma once

#include <filesystem>
#include <string>

#include "cli/project.h"

namespace tide::test {

// What LD_PRELOAD can name: it takes blanks for the end of a path, so the library is linked to from the project's
// folder, whose path has none.
inline std::string preloadable(const std::string& library, const Project& project) {
  const std::string link = project.path(".preload.so");
  if (!std::filesystem::exists(link)) std::filesystem::create_symlink(library, link);
  return link;
}

}  // namespace tide::test
