#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "repl/line_editor.h"

namespace tide {

class Shell;

// What Tab offers: commands and their objects after a backslash; keywords, tables, and the columns of the tables that a
// statement names (by their aliases too) in SQL; names and fields in Lua. What the database has is read at the first
// Tab, and again after a statement that may have changed it.
class Completer {
 public:
  explicit Completer(Shell& shell) : shell_(shell) {}

  Completion complete(std::string_view line);
  void forget() { loaded_ = false; }

 private:
  void load();
  std::vector<std::string> sql_candidates(std::string_view line, std::string_view before, const std::string& word);
  std::vector<std::string> columns_of(std::string_view line, const std::string& owner) const;
  std::vector<std::string> lua_candidates(const std::string& word);

  Shell& shell_;
  bool loaded_ = false;
  std::map<std::string, std::vector<std::string>> tables_;  // name -> columns
};

// The tables that a statement names after FROM, JOIN, INTO and UPDATE, by alias and by name. Pure.
std::map<std::string, std::string> named_tables(std::string_view sql);

}  // namespace tide
