#pragma once

#include <map>
#include <string>
#include <string_view>

namespace tide {

// The variables of a .env file: NAME=value lines, `export` allowed, # comments, 'literal' and "escaped \n" quotes,
// which may span lines. Nothing is expanded. kConfig with file and line for anything else.
std::map<std::string, std::string> parse_dotenv(std::string_view text, const std::string& file);

}  // namespace tide
