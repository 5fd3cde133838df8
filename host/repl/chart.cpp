#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "cli/width.h"
#include "db/cell_text.h"
#include "repl/commands.h"
#include "repl/shell.h"
#include "repl/shown_value.h"
#include "sys/terminal.h"

namespace tide {
namespace {

constexpr std::size_t kMostPoints = 500;
constexpr int kLineRows = 12;

struct Point {
  std::string label;
  std::string shown;
  double value = 0;
};

std::vector<Point> read_points(Shell& shell, const std::string& sql) {
  const auto rows = shell.connection().stream(Statement(sql));
  if (rows->names().size() < 2) throw Error(ErrorKind::kUsage, "\\chart takes a query of two columns: label, number");
  std::vector<Point> points;
  while (points.size() < kMostPoints && rows->next()) {
    Point point{show_cell(*rows, 0, RowStyle{0, 24}).text, show_cell(*rows, 1, RowStyle{0, 20}).text};
    const Cell cell = rows->cell(1);
    if (cell.kind == Cell::Kind::kText) {
      throw Error(ErrorKind::kUsage, cat("\\chart: the second column holds '", point.shown, "', which is no number"));
    }
    if (cell.kind != Cell::Kind::kNull) point.value = std::stod(point.shown);
    points.push_back(std::move(point));
  }
  return points;
}

// Eighths of a cell, so that small differences show.
std::string bar(double share, int columns) {
  static const char* kEighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const int eighths = static_cast<int>(std::lround(std::clamp(share, 0.0, 1.0) * columns * 8));
  std::string text;
  for (int i = 0; i < eighths / 8; ++i) text += "█";
  return text + kEighths[eighths % 8];
}

std::string bars(const std::vector<Point>& points, int columns) {
  int labels = 0, values = 0;
  double largest = 0;
  for (const Point& point : points) {
    labels = std::max(labels, display_width(point.label));
    values = std::max(values, display_width(point.shown));
    largest = std::max(largest, std::fabs(point.value));
  }
  const int room = std::max(columns - labels - values - 4, 5);
  std::string out;
  for (const Point& point : points) {
    const std::string drawn = bar(largest > 0 ? std::fabs(point.value) / largest : 0, room);
    out += cat(pad(point.label, labels), "  ", pad(point.shown, values), "  ", drawn, "\n");
  }
  return out;
}

std::string line(const std::vector<Point>& points, int columns) {
  double low = points.front().value, high = low;
  for (const Point& point : points) low = std::min(low, point.value), high = std::max(high, point.value);
  const int room = std::clamp(static_cast<int>(points.size()), 2, std::max(columns - 14, 10));
  std::vector<std::string> grid(kLineRows, std::string(static_cast<std::size_t>(room), ' '));
  for (int x = 0; x < room; ++x) {
    const std::size_t at = static_cast<std::size_t>(x) * (points.size() - 1) / static_cast<std::size_t>(room - 1);
    const double share = high > low ? (points[at].value - low) / (high - low) : 0;
    const int y = kLineRows - 1 - static_cast<int>(std::lround(share * (kLineRows - 1)));
    grid[static_cast<std::size_t>(y)][static_cast<std::size_t>(x)] = '*';
  }
  char mark[32];
  std::string out;
  for (int y = 0; y < kLineRows; ++y) {
    const double value = high - (high - low) * y / (kLineRows - 1);
    std::snprintf(mark, sizeof mark, "%10.4g |", value);
    out += cat(y % 3 == 0 || y == kLineRows - 1 ? mark : "           |", grid[static_cast<std::size_t>(y)], "\n");
  }
  return out + cat("            ", points.front().label, " ... ", points.back().label, "\n");
}

}  // namespace

void draw_chart(Shell& shell, const std::string&, const std::string& argument) {
  const std::size_t space = std::min(argument.find(' '), argument.size());
  const std::string first = argument.substr(0, space);
  const bool named = first == "bar" || first == "line";
  const std::string sql = named ? std::string(trim(argument.substr(space))) : argument;
  if (sql.empty()) throw Error(ErrorKind::kUsage, "\\chart takes a query: \\chart bar SELECT label, number ...");
  const std::vector<Point> points = read_points(shell, sql);
  if (points.empty()) return shell.print("(0 rows)\n");
  const int columns = terminal_size().columns;
  shell.print(first == "line" ? line(points, columns) : bars(points, columns));
  if (points.size() == kMostPoints) shell.say(cat("the first ", kMostPoints, " rows only"));
}

}  // namespace tide
