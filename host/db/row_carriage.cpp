#include "db/row_carriage.h"

#include <utility>

#include "base/text.h"
#include "db/cell_text.h"
#include "db/sqlite_literal.h"
#include "tide/error.h"

namespace tide {
namespace {

constexpr std::uint32_t kBytea = 17;

[[noreturn]] void refuse_bytes(const std::string& name) {
  Error error(ErrorKind::kSql,
              cat("column ", name, " holds bytes, and the column that they would go to does not take any"));
  error.sqlstate = "22000";
  throw error;
}

Value value_of(const Cell& cell) {
  switch (cell.kind) {
    case Cell::Kind::kNull:
      return Null{};
    case Cell::Kind::kBool:
      return cell.boolean;
    case Cell::Kind::kInteger:
      return cell.integer;
    case Cell::Kind::kFloat:
      return cell.real;
    case Cell::Kind::kNumeric:
      return Numeric{std::string(cell.text)};
    case Cell::Kind::kBytes:
      return Bytes{std::string(cell.text)};
    default:
      return cell.text;
  }
}

// As quote() of SQLite writes it.
std::string key_literal(const Cell& cell) {
  if (cell.kind == Cell::Kind::kInteger) return std::to_string(cell.integer);
  const std::string text = sqlite_literal(value_of(cell));
  return starts_with(text, "(") ? text.substr(1, text.size() - 2) : text;
}

}  // namespace

void RowFreight::add_line(CopyLines& lines, Cursor& row) const {
  try {
    for (std::size_t i = 0; i < carriages.size(); ++i) {
      const Cell cell = row.cell(i);
      if (carriages[i] == Carriage::kBytes && cell.kind == Cell::Kind::kText) {
        lines.add(Value(cell.text), kBytea, names[i]);
      } else if (carriages[i] == Carriage::kFlagNumber && cell.kind == Cell::Kind::kBool) {
        lines.add(Value(cell.boolean ? 1 : 0), 0, names[i]);
      } else if (cell.kind == Cell::Kind::kBytes && carriages[i] != Carriage::kBytes) {
        refuse_bytes(names[i]);
      } else {
        lines.add(cell);
      }
    }
  } catch (...) {
    lines.drop_open_row();
    throw;
  }
  lines.end_row();
}

void RowFreight::read_values(std::vector<Value>& values, Cursor& row) const {
  values.clear();
  for (std::size_t i = 0; i < carriages.size(); ++i) {
    const Cell cell = row.cell(i);
    const bool as_text = cell.kind == Cell::Kind::kNumeric || cell.kind == Cell::Kind::kFloat;
    if (carriages[i] != Carriage::kNumberText || !as_text) {
      values.push_back(value_of(cell));
      continue;
    }
    std::string text;
    append_cell_text(text, row, i, cell);
    values.emplace_back(std::move(text));
  }
}

std::vector<std::string> RowFreight::key_texts(Cursor& row, bool literals) const {
  std::vector<std::string> texts(keys);
  for (std::size_t i = 0; i < keys; ++i) {
    const Cell cell = row.cell(i);
    literals ? texts[i] = key_literal(cell) : (append_cell_text(texts[i], row, i, cell), texts[i]);
  }
  return texts;
}

std::size_t row_bytes(Cursor& row, std::size_t columns) {
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < columns; ++i) bytes += row.cell(i).text.size() + sizeof(Cell);
  return bytes;
}

}  // namespace tide
