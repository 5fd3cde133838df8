#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tide/connection.h"

namespace tide {

using Put = std::function<void(std::string_view)>;

// How rows are shown.
struct RowStyle {
  int columns = 0;                  // of the terminal; 0 = there is none, and lines may be as long as they are
  int longest = 0;                  // a value wider than this is cut, with a mark; 0 = never
  bool vertical_when_wide = false;  // rows that do not fit the terminal stand one value a line
  bool footer = true;               // "(3 rows)"
  std::string null = "NULL";        // how NULL is shown to people
};

// Takes the rows of one result as they come, and writes them. Memory does not grow with the number of rows.
class RowWriter {
 public:
  virtual ~RowWriter() = default;
  virtual void begin(const std::vector<std::string>& names) = 0;
  virtual void row(Cursor& row) = 0;
  virtual void end(std::int64_t rows) = 0;
};

enum class RowFormat : std::uint8_t { kAligned, kExpanded, kCsv, kJson, kMarkdown };

// The formats by their names, for flags, \pset-like commands and help.
struct RowFormatRow {
  const char* name;
  RowFormat format;
  std::unique_ptr<RowWriter> (*make)(const RowStyle& style, Put put);
};
const std::vector<RowFormatRow>& row_formats();

std::unique_ptr<RowWriter> make_row_writer(RowFormat format, const RowStyle& style, Put put);

struct Written {
  std::int64_t rows = 0;
  bool cut = false;  // there are more rows than the limit
};

// Writes at most `limit` rows (0 = all).
Written write_rows(Cursor& cursor, RowWriter& writer, std::int64_t limit);

std::unique_ptr<RowWriter> make_aligned_writer(const RowStyle& style, Put put);
std::unique_ptr<RowWriter> make_expanded_writer(const RowStyle& style, Put put);
std::unique_ptr<RowWriter> make_csv_writer(const RowStyle& style, Put put);
std::unique_ptr<RowWriter> make_json_writer(const RowStyle& style, Put put);
std::unique_ptr<RowWriter> make_markdown_writer(const RowStyle& style, Put put);

}  // namespace tide
