#include "repl/rows.h"

namespace tide {

const std::vector<RowFormatRow>& row_formats() {
  static const std::vector<RowFormatRow> rows = {
      {"aligned", RowFormat::kAligned, make_aligned_writer},
      {"expanded", RowFormat::kExpanded, make_expanded_writer},
      {"csv", RowFormat::kCsv, make_csv_writer},
      {"json", RowFormat::kJson, make_json_writer},
      {"markdown", RowFormat::kMarkdown, make_markdown_writer},
  };
  return rows;
}

std::unique_ptr<RowWriter> make_row_writer(RowFormat format, const RowStyle& style, Put put) {
  for (const RowFormatRow& row : row_formats()) {
    if (row.format == format) return row.make(style, std::move(put));
  }
  return nullptr;
}

Written write_rows(Cursor& cursor, RowWriter& writer, std::int64_t limit) {
  Written written;
  writer.begin(cursor.names());
  while (cursor.next()) {
    if (limit > 0 && written.rows == limit) {
      written.cut = true;
      break;
    }
    writer.row(cursor);
    ++written.rows;
  }
  writer.end(written.rows);
  return written;
}

}  // namespace tide
