#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tide {

// An [env.NAME] of tide.toml. Timeouts are PostgreSQL text with a unit ("3s"), or "0"; empty = not given.
struct Environment {
  std::string name;
  std::string url;  // as written, ${VAR} not expanded; empty when not given
  int url_line = 0;
  bool is_protected = false;
  std::vector<std::string> gates;
  int gates_line = 0;
  std::string lock_timeout;
  std::string statement_timeout;
  std::vector<std::string> masked;
  int line = 0;  // of its header
};

// What tide.toml says.
struct Config {
  std::string file;  // as the user would name it; empty when there is none
  std::string default_env;
  std::string migrations = "migrations";
  std::string scripts = "scripts";
  std::vector<Environment> environments;

  const Environment* find(const std::string& name) const;
};

// kConfig with file and line for broken TOML, an unknown key (naming the nearest), or a bad value.
Config parse_config(std::string_view text, const std::string& file);

// What `gates` may name.
const std::vector<std::string>& gate_names();

}  // namespace tide
