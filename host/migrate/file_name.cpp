#include "migrate/file_name.h"

#include "base/text.h"
#include "sys/files.h"

namespace tide {
namespace {

struct Ending {
  std::string_view text;
  Migration::Kind kind;
  FileName::Part part;
};

// The longer ones first: ".up.sql" ends in ".sql" too.
constexpr Ending kEndings[] = {
    {".up.sql", Migration::Kind::kSql, FileName::Part::kUp},
    {".down.sql", Migration::Kind::kSql, FileName::Part::kDown},
    {".sql", Migration::Kind::kSql, FileName::Part::kWhole},
    {".lua", Migration::Kind::kLua, FileName::Part::kWhole},
};

constexpr std::string_view kSeparators = "_-.";

}  // namespace

std::optional<FileName> parse_file_name(std::string_view file) {
  std::size_t digits = file.find_first_not_of("0123456789");
  if (digits == 0 || digits == std::string_view::npos) return std::nullopt;
  std::string_view rest = file.substr(digits);
  for (const Ending& ending : kEndings) {
    if (!ends_with(rest, ending.text)) continue;
    std::string_view name = rest.substr(0, rest.size() - ending.text.size());
    if (!name.empty() && kSeparators.find(name.front()) == std::string_view::npos) return std::nullopt;
    if (!name.empty()) name.remove_prefix(1);
    return FileName{std::string(file.substr(0, digits)), std::string(name), ending.kind, ending.part};
  }
  return std::nullopt;
}

std::vector<std::string> versions_in(const std::string& directory) {
  std::vector<std::string> versions;
  for (const DirectoryEntry& entry : list_directory(directory)) {
    if (const auto file = parse_file_name(entry.name)) versions.push_back(file->version);
  }
  return versions;
}

}  // namespace tide
