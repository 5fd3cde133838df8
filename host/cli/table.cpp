#include "cli/table.h"

#include <algorithm>

#include "cli/width.h"

namespace tide {
namespace {

std::string aligned(const std::string& cell, int width, bool right) {
  if (!right) return pad(cell, width);
  return std::string(static_cast<std::size_t>(std::max(width - display_width(cell), 0)), ' ') + cell;
}

}  // namespace

Table::Table(std::vector<std::string> header) : right_(header.size(), false) { rows_.push_back(std::move(header)); }

void Table::add(std::vector<std::string> row) {
  row.resize(right_.size());
  for (std::string& cell : row) cell = one_line(printable(cell));
  rows_.push_back(std::move(row));
}

void Table::align_right(std::size_t column) { right_.at(column) = true; }

std::string Table::text() const {
  std::vector<int> widths(right_.size(), 0);
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i]));
  }
  std::string out;
  for (const auto& row : rows_) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) line += (i > 0 ? "  " : "") + aligned(row[i], widths[i], right_[i]);
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + '\n';
  }
  return out;
}

}  // namespace tide
