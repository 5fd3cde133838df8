#pragma once

#include <string>
#include <vector>

namespace tide {

// The text of a stdlib file ("tide/expect.lua"): from `directory` when given, else the one inside the binary.
// Raises kConfig when there is none; found() asks first.
std::string stdlib_text(const std::string& path, const std::string& directory);
bool stdlib_has(const std::string& path, const std::string& directory);
std::vector<std::string> stdlib_paths();  // every embedded file

}  // namespace tide
