#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tide/connection.h"

namespace tide {

// The cell of the current row as PostgreSQL writes it as text: t and f, \x and hex digits, {1,2}, floats in the
// shortest form that reads back. Appends nothing for NULL.
void append_cell_text(std::string& out, Cursor& row, std::size_t column, const Cell& cell);

// SQLite's type affinities, as far as a text has to be read anew: a column of kBlob (or without a type) takes \x and
// hex digits as bytes, one of kReal takes Infinity; the others make of a text what they make of it.
enum class SqliteAffinity : std::uint8_t { kOther, kBlob, kReal };
Value sqlite_value(std::string_view cell_text, SqliteAffinity affinity);

// Rows as CSV (RFC 4180), one call of `write` a line, each ending in a newline.
class CsvWriter {
 public:
  CsvWriter(char delimiter, std::function<void(std::string_view)> write);
  void names(const std::vector<std::string>& names);
  void row(Cursor& row);

 private:
  char delimiter_;
  std::function<void(std::string_view)> write_;
  std::string line_, field_;
};

// Every row of `cursor`. Returns the number of data rows.
std::int64_t write_csv(Cursor& cursor, CsvFormat format, const std::function<void(std::string_view)>& write);

}  // namespace tide
