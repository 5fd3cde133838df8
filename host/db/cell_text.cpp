#include "db/cell_text.h"

#include <charconv>
#include <cmath>

#include "db/postgres_encode.h"

namespace tide {
namespace {

// The shortest text that reads back as the same number, laid out as PostgreSQL does.
void append_float(std::string& out, double number) {
  if (std::isnan(number)) {
    out += "NaN";
    return;
  }
  if (std::isinf(number)) {
    out += number < 0 ? "-Infinity" : "Infinity";
    return;
  }
  const double size = std::fabs(number);
  const bool plain = number == 0 || (size >= 1e-4 && size < 1e15);
  char digits[64];
  const auto format = plain ? std::chars_format::fixed : std::chars_format::scientific;
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number, format).ptr);
}

void append_integer(std::string& out, std::int64_t number) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

}  // namespace

void append_cell_text(std::string& out, Cursor& row, std::size_t column, const Cell& cell) {
  switch (cell.kind) {
    case Cell::Kind::kNull:
      break;
    case Cell::Kind::kBool:
      out += cell.boolean ? 't' : 'f';
      break;
    case Cell::Kind::kInteger:
      append_integer(out, cell.integer);
      break;
    case Cell::Kind::kFloat:
      append_float(out, cell.real);
      break;
    case Cell::Kind::kBytes:
      out += hex_bytea(cell.text);
      break;
    case Cell::Kind::kArray:
      out += encode_text(row.array(column));
      break;
    default:
      out += cell.text;
  }
}

void append_csv_field(std::string& out, std::string_view text, bool alone) {
  const bool quote =
      text.empty() || text.find_first_of(",\"\r\n") != std::string_view::npos || (alone && text == "\\.");
  if (!quote) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

std::int64_t write_csv(Cursor& cursor, bool header, const std::function<void(std::string_view)>& write) {
  const std::size_t width = cursor.names().size();
  std::string line, field;
  const auto put_line = [&](auto put_field) {
    line.clear();
    for (std::size_t i = 0; i < width; ++i) {
      if (i > 0) line += ',';
      put_field(i);
    }
    line += '\n';
    write(line);
  };
  const auto put_cell = [&](std::size_t i) {
    const Cell cell = cursor.cell(i);
    if (cell.kind == Cell::Kind::kNull) return;
    field.clear();
    append_cell_text(field, cursor, i, cell);
    append_csv_field(line, field, width == 1);
  };
  if (header) put_line([&](std::size_t i) { append_csv_field(line, cursor.names()[i], width == 1); });
  std::int64_t rows = 0;
  for (; cursor.next(); ++rows) put_line(put_cell);
  return rows;
}

}  // namespace tide
