#include "cli/find_script.h"

#include <algorithm>
#include <vector>

#include "base/text.h"
#include "cli/project_dir.h"
#include "sys/files.h"
#include "tide/error.h"

namespace tide {
namespace {

constexpr const char* kEnding = ".lua";
constexpr int kDeepest = 4;

std::string without_ending(const std::string& name) {
  return ends_with(name, kEnding) ? name.substr(0, name.size() - std::string_view(kEnding).size()) : name;
}

// "cleanup", "billing/export"
void collect(const std::string& directory, const std::string& prefix, int depth, std::vector<std::string>& names) {
  if (depth > kDeepest || !is_directory(directory)) return;
  for (const DirectoryEntry& entry : list_directory(directory)) {
    if (entry.is_directory) collect(cat(directory, "/", entry.name), cat(prefix, entry.name, "/"), depth + 1, names);
    if (!entry.is_directory && ends_with(entry.name, kEnding)) names.push_back(prefix + without_ending(entry.name));
  }
}

Error not_found(const std::string& name, const std::string& scripts, const std::vector<std::string>& tried) {
  std::vector<std::string> names;
  collect(scripts, "", 0, names);
  std::sort(names.begin(), names.end());
  const std::string near = nearest(without_ending(name), names);
  const std::string guess = near.empty() ? "" : cat("; did you mean '", near, "'?");
  std::vector<std::string> shown;
  for (const std::string& path : tried) shown.push_back(shown_path(path));
  Error error(ErrorKind::kUsage,
              cat("there is no script '", name, "': neither ", join(shown, " nor "), " is a file", guess));
  if (near.empty() && !names.empty()) error.detail = cat("there are: ", join(names, ", "));
  return error.advise("tide help run");
}

}  // namespace

std::string find_script(const std::string& name, const Project& project) {
  const std::string scripts = absolute_path(project.config.scripts, project.dir);
  std::vector<std::string> tried;
  for (const std::string& folder : {working_directory(), scripts}) {
    const std::string path = absolute_path(name, folder);
    for (const std::string& file : {path, path + kEnding}) {
      if (is_file(file)) return file;
      if (std::find(tried.begin(), tried.end(), file) == tried.end() && (file != path || ends_with(path, kEnding)))
        tried.push_back(file);
    }
  }
  throw not_found(name, scripts, tried);
}

}  // namespace tide
