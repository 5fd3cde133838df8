#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "db/sql_scan.h"

namespace tide {

// The next thing in what was typed so far.
struct Input {
  enum class Kind : unsigned char {
    kNothing,     // blanks and comments only
    kIncomplete,  // more lines are needed
    kSql,         // one statement, without its semicolon
    kLua,         // a chunk that compiles, or one that no further line can mend
    kCommand,     // a backslash command: `text` is its word, `argument` the rest of the line
  };
  Kind kind = Kind::kNothing;
  std::string text;
  std::string argument;
  std::size_t consumed = 0;  // bytes of the buffer
  // A statement that ends in a command instead of a semicolon: select 1 \gx
  std::string ended_by;
  std::string ended_argument;
};

struct InputRules {
  Dialect dialect = Dialect::kPostgres;
  std::function<bool(std::string_view chunk)> lua_complete;  // false while more lines may follow
  bool at_end = false;                                       // no more lines will come: what is there is all
};

// Whether it is Lua, SQL or a command is seen from its first words. SQL goes on to its semicolon, \g, \gx or \watch,
// over any number of lines; Lua to the line with which it compiles; a command to the end of its line.
Input next_input(std::string_view buffer, const InputRules& rules);

// The first word says SQL, unless what follows it can only be Lua: select * ... and SELECT(1); but select('#', ...).
bool looks_like_sql(std::string_view text, Dialect dialect);

}  // namespace tide
