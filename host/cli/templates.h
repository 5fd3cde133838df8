#pragma once

#include <string>

namespace tide {

// The files that `init` and `new` write.
std::string project_template();  // tide.toml
std::string gitignore_template();
std::string luarc_template();  // .luarc.json; the stubs stand in .tide/meta

// `title` says in words what the migration does.
std::string lua_template(const std::string& title);
std::string data_template(const std::string& title);
std::string sql_template(const std::string& title);
std::string runbook_template(const std::string& title);

}  // namespace tide
