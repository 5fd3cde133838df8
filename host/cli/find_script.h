#pragma once

#include <string>

namespace tide {

struct Project;

// The path of a script that was named as a file or by its name in the project's folder for scripts, with or without
// .lua. kUsage, naming the nearest one, when there is none.
std::string find_script(const std::string& name, const Project& project);

}  // namespace tide
