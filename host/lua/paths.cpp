#include "lua/paths.h"

#include <filesystem>

#include "base/text.h"
#include "lua/state.h"
#include "sys/files.h"
#include "tide/error.h"

namespace tide {
namespace {

namespace fs = std::filesystem;

Error refused(const std::string& path, std::string_view why) { return {ErrorKind::kIo, cat(path, " ", why)}; }

// Links and .. resolved as far as there is something; what is not there is appended.
fs::path resolve(const std::string& full, const std::string& path) {
  std::error_code code;
  fs::path resolved = fs::weakly_canonical(full, code);
  if (code) throw refused(path, cat("cannot be looked up: ", code.message()));
  return resolved.has_filename() ? resolved : resolved.parent_path();
}

bool is_inside(const fs::path& path, const std::string& directory) {
  if (directory.empty()) return false;
  const std::string root = real_path(directory);
  return path == root || starts_with(path.string(), cat(root, "/"));
}

// Opening a link to something that is not there would make it, wherever that is.
void refuse_dangling_link(fs::path resolved, const std::string& path) {
  std::error_code code;
  for (; resolved.has_relative_path() && !fs::exists(resolved, code); resolved = resolved.parent_path()) {
    if (fs::is_symlink(resolved, code)) throw refused(path, "is a link, or below one, that leads nowhere");
  }
}

}  // namespace

std::string check_path(const LuaOptions& options, const std::string& path) {
  if (path.empty()) throw Error(ErrorKind::kUsage, "the path is empty");
  if (path.find('\0') != std::string::npos) throw Error(ErrorKind::kUsage, "the path has a NUL byte");
  const fs::path resolved = resolve(absolute_path(path, options.project_dir), path);
  if (!is_inside(resolved, options.project_dir) && !is_inside(resolved, options.run_dir)) {
    throw refused(path, cat("is outside the project folder ", options.project_dir));
  }
  refuse_dangling_link(resolved, path);
  return resolved.string();
}

std::string check_entry(const LuaOptions& options, const std::string& path) {
  const std::string name = base_name(path);
  if (name.empty() || name == "/" || name == "." || name == "..") return check_path(options, path);
  return cat(check_path(options, parent_directory(path)), "/", name);
}

}  // namespace tide
