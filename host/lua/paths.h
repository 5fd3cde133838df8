#pragma once

#include <string>

namespace tide {

struct LuaOptions;

// Scripts reach files of their project and of their run's folder only, whatever "..", links and absolute paths say.
// The real path, its last parts perhaps not there yet; relative paths start at the project. kIo for one that leads out,
// and for a link that leads nowhere.
std::string check_path(const LuaOptions& options, const std::string& path);

// The same for what is removed or renamed: the last part stays itself where it is a link.
std::string check_entry(const LuaOptions& options, const std::string& path);

}  // namespace tide
