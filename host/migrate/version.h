#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tide {

// A version without its leading zeros: two versions are the same migration when these are equal, so that "1" in a
// history fits "0001_create_users.sql".
std::string_view version_number(std::string_view version);

// Below, equal or above zero: by number, of any length.
int compare_versions(std::string_view a, std::string_view b);
// A strict order for sorting: by number, then as text.
bool version_before(std::string_view a, std::string_view b);

// What a person may name.
struct VersionName {
  std::string version;
  std::string name;
};

// The version that `query` means: a version, a unique prefix of one, a name, "VERSION_name" or the path of a file.
// kUsage otherwise: naming the nearest one, or the candidates when there are several.
std::string resolve_version(const std::string& query, const std::vector<VersionName>& candidates);

}  // namespace tide
