#pragma once

#include <map>
#include <string>

#include "cli/config.h"

namespace tide {

// The folder that tide works in, and what its tide.toml and .env say.
struct Project {
  std::string dir;  // absolute
  Config config;
  std::map<std::string, std::string> dotenv;
};

// Walks up from `start` (-C, or the working directory) to the first folder with a tide.toml; without one, `start`
// itself is the project. kConfig for a `start` that is no directory.
Project find_project(const std::string& start);

std::string working_directory();  // kConfig when it is gone

// A file below the working directory by its relative path, any other as it is.
std::string shown_path(const std::string& absolute);

}  // namespace tide
