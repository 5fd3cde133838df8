#include "schema/erd_layout.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/text.h"

namespace tide {
namespace {

constexpr double kLongestLetters = 34;  // of a column's name or type; the rest is cut
constexpr double kAspect = 1.6;         // width to height that a picture should have

double letters(const std::string& text) { return std::min(static_cast<double>(utf8_length(text)), kLongestLetters); }

ErdBox size_of(const ErdTable& table, const ErdMetrics& metrics) {
  double widest = letters(table.shown) + 3;
  for (const ErdColumn& column : table.columns) {
    widest = std::max(widest, letters(column.name) + letters(column.type) + (column.optional ? 1 : 0) + 6);
  }
  const double rows = static_cast<double>(table.columns.size()) * metrics.row;
  return {0, 0, std::ceil(widest * metrics.letter) + 16, metrics.header + rows + metrics.below};
}

// Tables that foreign keys tie together, each group sorted by name.
std::vector<std::vector<std::size_t>> groups_of(const Erd& erd) {
  std::vector<std::size_t> leader(erd.tables.size());
  std::iota(leader.begin(), leader.end(), 0);
  const auto find = [&](std::size_t table) {
    while (leader[table] != table) table = leader[table] = leader[leader[table]];
    return table;
  };
  for (const ErdEdge& edge : erd.edges)
    leader[std::max(find(edge.child), find(edge.parent))] = std::min(find(edge.child), find(edge.parent));
  std::vector<std::vector<std::size_t>> groups(erd.tables.size());
  for (std::size_t i = 0; i < erd.tables.size(); ++i) groups[find(i)].push_back(i);
  groups.erase(std::remove_if(groups.begin(), groups.end(), [](const auto& group) { return group.empty(); }),
               groups.end());
  return groups;
}

// Puts rectangles on shelves below each other, no shelf wider than `limit` unless one rectangle is.
class Shelves {
 public:
  Shelves(double limit, double gap) : limit_(limit), gap_(gap) {}

  void end_shelf() {
    if (x_ > 0) y_ += shelf_ + gap_;
    x_ = shelf_ = 0;
  }

  ErdPoint place(double width, double height) {
    if (x_ > 0 && x_ + width > limit_) end_shelf();
    const ErdPoint at{x_, y_};
    x_ += width + gap_;
    shelf_ = std::max(shelf_, height);
    width_ = std::max(width_, x_ - gap_);
    return at;
  }
  double width() const { return width_; }
  double height() const { return y_ + shelf_; }

 private:
  double limit_, gap_;
  double x_ = 0, y_ = 0, shelf_ = 0, width_ = 0;
};

void take_over(ErdLayout& whole, const ErdLayout& part, const std::vector<std::size_t>& members, ErdPoint at) {
  for (const std::size_t table : members) {
    whole.boxes[table] = part.boxes[table];
    whole.boxes[table].x += at.x;
    whole.boxes[table].y += at.y;
  }
  for (ErdLine line : part.lines) {
    for (ErdPoint& point : line.points) point = {point.x + at.x, point.y + at.y};
    whole.lines.push_back(std::move(line));
  }
}

struct Group {
  std::vector<std::size_t> members;
  ErdLayout layout;
  bool is_single() const { return members.size() == 1; }
};

double widest_shelf(const std::vector<Group>& groups, double gap) {
  double area = 0, widest = 0;
  for (const Group& group : groups) {
    area += (group.layout.width + gap) * (group.layout.height + gap);
    widest = std::max(widest, group.layout.width);
  }
  return std::max(widest, std::sqrt(area * kAspect));
}

}  // namespace

double row_middle(const ErdBox& box, std::size_t column, const ErdMetrics& metrics) {
  return box.y + metrics.header + (static_cast<double>(column) + 0.5) * metrics.row;
}

ErdLayout lay_out(const Erd& erd, const ErdMetrics& metrics) {
  std::vector<ErdBox> sizes;
  for (const ErdTable& table : erd.tables) sizes.push_back(size_of(table, metrics));
  std::vector<Group> groups;
  for (auto& members : groups_of(erd)) {
    ErdLayout layout = lay_out_group(erd, members, sizes, metrics);
    groups.push_back({std::move(members), std::move(layout)});
  }
  std::stable_sort(groups.begin(), groups.end(), [](const Group& a, const Group& b) {
    if (a.is_single() != b.is_single()) return b.is_single();
    return a.layout.height > b.layout.height;
  });
  const double gap = metrics.gutter;
  Shelves shelves(widest_shelf(groups, gap), gap);
  ErdLayout whole;
  whole.boxes.resize(erd.tables.size());
  bool singles = false;
  for (const Group& group : groups) {
    if (group.is_single() && !singles) shelves.end_shelf();
    singles = group.is_single();
    const ErdPoint at = shelves.place(group.layout.width, group.layout.height);
    take_over(whole, group.layout, group.members, {at.x + metrics.margin, at.y + metrics.margin});
  }
  whole.width = shelves.width() + 2 * metrics.margin;
  whole.height = shelves.height() + 2 * metrics.margin;
  return whole;
}

}  // namespace tide
