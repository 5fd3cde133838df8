#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "db/sql_scan.h"

namespace tide {

// A use of a psql variable: :name, :'name' (as a literal), :"name" (as an identifier), :{?name} (is it set?).
struct VariableUse {
  std::string_view name;  // empty: there is none
  char form = ':';        // ':', '\'', '"' or '?'
  std::size_t end = 0;    // offset after it
};
VariableUse find_variable(std::string_view text, std::size_t at);

// The value as the form asks for it; false when the variable is not set and the text stays as it is.
bool expand_variable(const VariableUse& use, const ScriptReader::Variables& variables, Dialect dialect,
                     std::string& out);

// A backslash command: \word and its arguments, up to the end of the line or the next backslash ("\\" is taken too).
struct ScriptCommand {
  std::string word;
  std::vector<std::string> arguments;
  std::string problem;
  std::size_t end = 0;
};
ScriptCommand read_command(std::string_view text, std::size_t backslash, const ScriptReader::Variables& variables,
                           Dialect dialect);

}  // namespace tide
