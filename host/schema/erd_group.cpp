#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "schema/erd_layers.h"
#include "schema/erd_layout.h"
#include "schema/erd_routes.h"

namespace tide {
namespace {

constexpr double kAspect = 1.6;
constexpr int kSweeps = 12;

// How high a column may be so that the whole gets a pleasant shape.
double column_limit(const std::vector<std::size_t>& members, const std::vector<ErdBox>& sizes,
                    const ErdMetrics& metrics) {
  double area = 0, highest = 0;
  for (const std::size_t table : members) {
    const ErdBox& box = sizes[table];
    area += (box.width + 2.2 * metrics.gutter) * (box.height + metrics.gap);
    highest = std::max(highest, box.height);
  }
  return std::max(highest, std::sqrt(area / kAspect));
}

// Where neighbours would like a node's port to be, and how the boxes of a column find places next to each other: the
// positions with the smallest squares of distance from the wishes (pool adjacent violators).
void settle(std::vector<ErdNode*>& column, const std::vector<double>& wishes, double gap) {
  struct Block {
    double sum = 0;
    std::size_t count = 0;
    double mean() const { return sum / static_cast<double>(count); }
  };
  std::vector<Block> blocks;
  double offset = 0;
  for (std::size_t i = 0; i < column.size(); ++i) {
    blocks.push_back({wishes[i] - offset, 1});
    offset += column[i]->height + (column[i]->is_table() ? gap : gap / 3);
    while (blocks.size() > 1 && blocks[blocks.size() - 2].mean() >= blocks.back().mean()) {
      blocks[blocks.size() - 2].sum += blocks.back().sum;
      blocks[blocks.size() - 2].count += blocks.back().count;
      blocks.pop_back();
    }
  }
  offset = 0;
  std::size_t at = 0;
  for (const Block& block : blocks) {
    for (std::size_t i = 0; i < block.count; ++i, ++at) {
      column[at]->y = block.mean() + offset;
      offset += column[at]->height + (column[at]->is_table() ? gap : gap / 3);
    }
  }
}

class Placement {
 public:
  Placement(ErdLayers& layers, const ErdMetrics& metrics) : layers_(layers), metrics_(metrics) {}

  void run() {
    stack();
    for (int sweep = 0; sweep < kSweeps; ++sweep) {
      const bool forth = sweep % 2 == 0;
      for (std::size_t i = 0; i < layers_.columns.size(); ++i) {
        order(forth ? i : layers_.columns.size() - 1 - i);
      }
    }
    for (int sweep = 0; sweep < kSweeps; ++sweep) {
      for (std::size_t i = 0; i < layers_.columns.size(); ++i) {
        pull(sweep % 2 == 0 ? i : layers_.columns.size() - 1 - i);
      }
    }
    begin_at_zero();
  }

 private:
  void stack() {
    for (auto& column : layers_.columns) {
      double y = 0;
      for (ErdNode* node : column) {
        node->y = y;
        y += node->height + metrics_.gap;
      }
    }
  }

  // Where the lines of a node would have it.
  double wish(const ErdNode& node) const {
    double sum = 0;
    int count = 0;
    for (const ErdLink& link : layers_.links) {
      const bool from = link.from == &node;
      if (!from && link.to != &node) continue;
      const ErdNode& other = from ? *link.to : *link.from;
      sum += other.y + (from ? link.to_offset : link.from_offset) - (from ? link.from_offset : link.to_offset);
      ++count;
    }
    return count == 0 ? node.y : sum / count;
  }

  std::vector<double> wishes(const std::vector<ErdNode*>& column) const {
    std::vector<double> out;
    for (const ErdNode* node : column) out.push_back(wish(*node));
    return out;
  }

  void order(std::size_t index) {
    auto& column = layers_.columns[index];
    const std::vector<double> wanted = wishes(column);
    std::vector<std::size_t> places(column.size());
    std::iota(places.begin(), places.end(), 0);
    std::stable_sort(places.begin(), places.end(), [&](std::size_t a, std::size_t b) {
      return wanted[a] + column[a]->height / 2 < wanted[b] + column[b]->height / 2;
    });
    std::vector<ErdNode*> sorted;
    std::vector<double> sorted_wishes;
    for (const std::size_t place : places) {
      sorted.push_back(column[place]);
      sorted_wishes.push_back(wanted[place]);
    }
    column = std::move(sorted);
    settle(column, sorted_wishes, metrics_.gap);
  }

  void pull(std::size_t index) {
    auto& column = layers_.columns[index];
    settle(column, wishes(column), metrics_.gap);
  }

  void begin_at_zero() {
    double top = 1e9;
    for (const auto& column : layers_.columns) {
      for (const ErdNode* node : column) top = std::min(top, node->y);
    }
    for (auto& column : layers_.columns) {
      for (ErdNode* node : column) node->y = std::round(node->y - top);
    }
  }

  ErdLayers& layers_;
  const ErdMetrics& metrics_;
};

}  // namespace

ErdLayout lay_out_group(const Erd& erd, const std::vector<std::size_t>& members, const std::vector<ErdBox>& sizes,
                        const ErdMetrics& metrics) {
  ErdLayers layers = layers_of(erd, members, sizes, column_limit(members, sizes, metrics), metrics);
  Placement(layers, metrics).run();
  return route(erd, layers, sizes, metrics);
}

}  // namespace tide
