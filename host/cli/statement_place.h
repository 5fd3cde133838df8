#pragma once

#include <string>

namespace tide {

// A statement that was sent from a file.
struct SentStatement {
  const std::string& sql;
  int position = 0;  // 1-based character in `sql`, and
  int line = 0;      // where that is known to stand in the file: line and column, or
  int column = 0;    // 0: `line` is one of the statement's lines, or of the call that sends it
};

// The line of the file in which the statement begins, where it stands there as it was sent; else 0.
int line_of_statement(const std::string& file_text, const SentStatement& sent);

}  // namespace tide
