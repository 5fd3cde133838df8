#pragma once

#include <cstdint>
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
  int max_blocked = 2;                 // sessions that a migration may keep waiting,
  std::int64_t max_blocked_ms = 1000;  // for so long; 0 = no limit
  std::vector<std::string> masked;
  std::string alias_of;  // the environment whose database this is too; empty: it has one of its own
  int alias_line = 0;
  int line = 0;        // of its header
  bool named = false;  // set by choose_environment
};

// A line of [secrets]: one of env, file and command is given.
struct SecretSource {
  std::string name;
  std::string env;                   // a variable
  std::string file;                  // relative to the project
  std::vector<std::string> command;  // prints it
  int line = 0;
};

// What tide.toml says.
struct Config {
  std::string file;  // as the user would name it; empty when there is none
  std::string default_env;
  std::string migrations = "migrations";
  std::string scripts = "scripts";
  std::vector<Environment> environments;
  std::vector<SecretSource> secrets;

  const Environment* find(const std::string& name) const;
  const SecretSource* find_secret(const std::string& name) const;
};

// kConfig with file and line for broken TOML, an unknown key (naming the nearest), or a bad value.
Config parse_config(std::string_view text, const std::string& file);

}  // namespace tide
