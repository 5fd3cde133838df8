#pragma once

#include <map>
#include <string>

#include "cli/project_dir.h"
#include "cli/variables.h"

namespace tide {

// Finds the values of secrets: where [secrets] of tide.toml says, or else in the variable NAME (as it is written, then
// in capitals), in the file that the variable NAME_FILE names, and in /run/secrets/NAME. Each is looked for once.
class Secrets {
 public:
  Secrets(const Project& project, Variables variables) : project_(project), variables_(std::move(variables)) {}

  // kConfig, saying where it was looked for, when there is none, or an empty one.
  const std::string& get(const std::string& name);

 private:
  std::string find(const std::string& name) const;
  std::string from_source(const SecretSource& source) const;
  std::string from_command(const SecretSource& source) const;
  std::optional<std::string> from_file(const std::string& path) const;

  const Project& project_;
  Variables variables_;
  std::map<std::string, std::string> found_;
};

// A secret in the shapes in which it may come out: as it is, each of its longer lines, and as a URL quotes it.
std::vector<std::string> spellings_of_secret(const std::string& secret);

}  // namespace tide
