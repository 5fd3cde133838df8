#include "repl/shown_value.h"

#include "base/text.h"
#include "cli/width.h"
#include "db/cell_text.h"

namespace tide {
namespace {

bool is_number(Cell::Kind kind) {
  return kind == Cell::Kind::kInteger || kind == Cell::Kind::kFloat || kind == Cell::Kind::kNumeric;
}

void append_hex(std::string& out, unsigned char byte) {
  static constexpr char kDigits[] = "0123456789abcdef";
  out += "\\x";
  out += kDigits[byte >> 4];
  out += kDigits[byte & 15];
}

bool is_plain(std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte >= 0x7f) return false;
  }
  return true;
}

void append_escaped(std::string& out, std::string_view raw, char32_t character) {
  if (character == U'\n') {
    out += "\\n";
  } else if (character == U'\r') {
    out += "\\r";
  } else if (character == U'\t') {
    out += "\\t";
  } else {
    for (const char c : raw) append_hex(out, static_cast<unsigned char>(c));
  }
}

// Stops after `enough` columns: of a value of 10 MB only its beginning is looked at.
std::string escape(std::string_view text, int enough) {
  std::string out;
  int width = 0;
  for (std::size_t at = 0; at < text.size() && (enough == 0 || width <= enough);) {
    const std::size_t begin = at;
    const char32_t character = next_character(text, at);
    const bool control = character < 0x20 || (character >= 0x7F && character < 0xA0);
    const bool broken = character == U'\uFFFD' && at - begin == 1;
    // what turns the direction of the text around could show a value as another one
    const bool turns = (character >= 0x202A && character <= 0x202E) || (character >= 0x2066 && character <= 0x2069);
    const std::string_view raw = text.substr(begin, at - begin);
    if (control || broken || turns) {
      append_escaped(out, raw, character);
      width += 2;
    } else {
      out += raw;
      width += character_width(character);
    }
  }
  return out;
}

}  // namespace

std::string show_text(std::string_view text, int longest) {
  if (longest > 0 && text.size() > static_cast<std::size_t>(longest)) return clip(escape(text, longest), longest);
  if (is_plain(text)) return std::string(text);
  const std::string escaped = escape(text, longest);
  return longest > 0 ? clip(escaped, longest) : escaped;
}

ShownValue show_cell(Cursor& row, std::size_t column, const RowStyle& style) {
  const Cell cell = row.cell(column);
  if (cell.kind == Cell::Kind::kNull) return {style.null, false};
  if (cell.kind == Cell::Kind::kText) return {show_text(cell.text, style.longest), false};
  std::string text;
  append_cell_text(text, row, column, cell);
  if (is_number(cell.kind)) return {std::move(text), true};
  return {show_text(text, style.longest), false};
}

std::vector<ShownValue> show_row(Cursor& row, const RowStyle& style) {
  std::vector<ShownValue> shown;
  shown.reserve(row.names().size());
  for (std::size_t i = 0; i < row.names().size(); ++i) shown.push_back(show_cell(row, i, style));
  return shown;
}

std::string rows_footer(std::int64_t rows) { return cat("(", rows, rows == 1 ? " row)" : " rows)"); }

}  // namespace tide
