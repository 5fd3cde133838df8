#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "repl/rows.h"
#include "tide/connection.h"

namespace tide {

// A cell as people see it on one line.
struct ShownValue {
  std::string text;
  bool number = false;  // stands to the right
};

// Nothing in it that a terminal would obey: control characters as \n, \t, \x1b; bytes that are no UTF-8 as \xff. Cut
// to style.longest columns.
ShownValue show_cell(Cursor& row, std::size_t column, const RowStyle& style);
std::vector<ShownValue> show_row(Cursor& row, const RowStyle& style);
std::string show_text(std::string_view text, int longest);

// "(1 row)", "(3 rows)"
std::string rows_footer(std::int64_t rows);

}  // namespace tide
