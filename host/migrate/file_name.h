#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tide/migration.h"

namespace tide {

// What the name of a migration's file says: VERSION_name.lua, VERSION_name.sql, VERSION_name.up.sql or .down.sql.
struct FileName {
  enum class Part : std::uint8_t { kWhole, kUp, kDown };
  std::string version;  // the leading digits
  std::string name;     // may be empty: "0001.sql"
  Migration::Kind kind = Migration::Kind::kLua;
  Part part = Part::kWhole;
};

// Nothing for a file that is no migration: README.md, .gitkeep, helpers.lua, 1_a.sql~, V1__a.sql.
std::optional<FileName> parse_file_name(std::string_view file);

// Of the migrations in a folder, in no order; twice where a version is two files. kIo when it cannot be listed.
std::vector<std::string> versions_in(const std::string& directory);

}  // namespace tide
