#include "cli/project_dir.h"

#include <filesystem>

#include "base/text.h"
#include "cli/dotenv.h"
#include "sys/files.h"
#include "tide/error.h"

namespace tide {
namespace {

namespace fs = std::filesystem;

std::string folder_with_config(const std::string& start) {
  for (fs::path dir = start;; dir = dir.parent_path()) {
    const std::string config = (dir / "tide.toml").string();
    if (is_directory(config)) throw Error(ErrorKind::kConfig, cat(config, " is a directory, not a file")).at(config);
    if (is_file(config)) return dir.string();
    if (dir == dir.parent_path()) return start;
  }
}

}  // namespace

std::string working_directory() {
  std::error_code code;
  const fs::path path = fs::current_path(code);
  if (code) throw Error(ErrorKind::kConfig, cat("the working directory cannot be read: ", code.message()));
  return path.string();
}

std::string shown_path(const std::string& path) {
  const std::string relative = fs::path(path).lexically_relative(working_directory()).string();
  return relative.empty() || starts_with(relative, "..") ? path : relative;
}

Project find_project(const std::string& start) {
  std::string from = fs::path(absolute_path(start, working_directory())).lexically_normal().string();
  if (from.size() > 1 && from.back() == '/') from.pop_back();
  if (!is_directory(from)) throw Error(ErrorKind::kConfig, cat("'", start, "' is not a directory"));
  Project project;
  project.dir = folder_with_config(from);
  const std::string config = project.dir + "/tide.toml";
  if (is_file(config)) project.config = parse_config(read_file(config), shown_path(config));
  const std::string dotenv = project.dir + "/.env";
  if (is_file(dotenv)) project.dotenv = parse_dotenv(read_file(dotenv), shown_path(dotenv));
  return project;
}

}  // namespace tide
