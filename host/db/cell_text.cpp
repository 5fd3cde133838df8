#include "db/cell_text.h"

#include <charconv>
#include <cmath>
#include <utility>

#include "base/csv.h"
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

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// "\x00ff" -> two bytes; false when it is anything else
bool read_hex(std::string_view text, std::string& bytes) {
  if (text.size() % 2 != 0 || text.substr(0, 2) != "\\x") return false;
  for (std::size_t i = 2; i < text.size(); i += 2) {
    const int high = digit(text[i]), low = digit(text[i + 1]);
    if (high < 0 || low < 0) return false;
    bytes += static_cast<char>(high * 16 + low);
  }
  return true;
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

Value sqlite_value(std::string_view text, SqliteAffinity affinity) {
  if (affinity == SqliteAffinity::kReal && (text == "Infinity" || text == "-Infinity")) {
    return text[0] == '-' ? -HUGE_VAL : HUGE_VAL;
  }
  std::string bytes;
  if (affinity == SqliteAffinity::kBlob && read_hex(text, bytes)) return Bytes{std::move(bytes)};
  return text;
}

CsvWriter::CsvWriter(char delimiter, std::function<void(std::string_view)> write)
    : delimiter_(delimiter), write_(std::move(write)) {}

void CsvWriter::names(const std::vector<std::string>& names) {
  line_.clear();
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) line_ += delimiter_;
    append_csv_field(line_, names[i], names.size() == 1, delimiter_);
  }
  write_(line_ += '\n');
}

void CsvWriter::row(Cursor& row) {
  const std::size_t width = row.names().size();
  line_.clear();
  for (std::size_t i = 0; i < width; ++i) {
    if (i > 0) line_ += delimiter_;
    const Cell cell = row.cell(i);
    if (cell.kind == Cell::Kind::kNull) continue;
    field_.clear();
    append_cell_text(field_, row, i, cell);
    append_csv_field(line_, field_, width == 1, delimiter_);
  }
  write_(line_ += '\n');
}

std::int64_t write_csv(Cursor& cursor, CsvFormat format, const std::function<void(std::string_view)>& write) {
  CsvWriter writer(format.delimiter, write);
  if (format.header) writer.names(cursor.names());
  std::int64_t rows = 0;
  for (; cursor.next(); ++rows) writer.row(cursor);
  return rows;
}

}  // namespace tide
