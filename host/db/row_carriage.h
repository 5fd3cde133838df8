#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "db/copy_lines.h"
#include "tide/connection.h"

namespace tide {

// What a value becomes where the other database takes it otherwise.
enum class Carriage : std::uint8_t {
  kAsIs,
  kBytes,       // a text is bytes there
  kFlagNumber,  // a boolean is 0 or 1 there
  kNumberText,  // a number is text there, which SQLite would write with 15 digits
};

// Rows on their way into another database. Columns are those of the cursor; the first `keys` say which row it is.
struct RowFreight {
  std::vector<std::string> names;
  std::vector<Carriage> carriages;
  std::size_t keys = 0;

  // The row as a line of COPY. kSql (22000) for bytes in a column of another type.
  void add_line(CopyLines& lines, Cursor& row) const;
  // The row as values for SQLite.
  void read_values(std::vector<Value>& values, Cursor& row) const;
  // The key as tide.data keeps it: text on PostgreSQL, SQL literals on SQLite.
  std::vector<std::string> key_texts(Cursor& row, bool literals) const;
};

// What a row takes, about: the bytes of its texts.
std::size_t row_bytes(Cursor& row, std::size_t columns);

}  // namespace tide
