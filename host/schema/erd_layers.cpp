#include "schema/erd_layers.h"

#include <algorithm>
#include <map>
#include <set>

namespace tide {
namespace {

class Layering {
 public:
  Layering(const Erd& erd, const std::vector<std::size_t>& members, const std::vector<ErdBox>& sizes, double limit,
           const ErdMetrics& metrics)
      : erd_(erd), sizes_(sizes), limit_(limit), metrics_(metrics) {
    const std::set<std::size_t> mine(members.begin(), members.end());
    for (std::size_t i = 0; i < erd.edges.size(); ++i) {
      if (mine.count(erd.edges[i].child) > 0) edges_.push_back(i);
    }
    members_ = members;
  }

  ErdLayers run() {
    for (const std::size_t table : by_weight()) visit(table);
    for (const std::size_t table : order_) place(table);
    for (auto table = order_.rbegin(); table != order_.rend(); ++table) draw_near(*table);
    for (const auto& [table, column] : column_) tables_[table] = add_node({table, column, sizes_[table].height, 0});
    for (const std::size_t edge : edges_) add_edge(edge);
    std::sort(layers_.reversed.begin(), layers_.reversed.end());
    return std::move(layers_);
  }

 private:
  // Tables that many others refer to come first, so that cycles are cut where it hurts least.
  std::vector<std::size_t> by_weight() const {
    std::map<std::size_t, int> weight;
    for (const std::size_t edge : edges_) {
      ++weight[erd_.edges[edge].parent];
      --weight[erd_.edges[edge].child];
    }
    std::vector<std::size_t> tables = members_;
    std::stable_sort(tables.begin(), tables.end(), [&](std::size_t a, std::size_t b) { return weight[a] > weight[b]; });
    return tables;
  }

  // Parents before children, but for cycles.
  void visit(std::size_t table) {
    if (!seen_.insert(table).second) return;
    for (const std::size_t edge : edges_) {
      if (erd_.edges[edge].child == table) visit(erd_.edges[edge].parent);
    }
    rank_[table] = order_.size();
    order_.push_back(table);
  }

  void place(std::size_t table) {
    std::size_t column = 0;
    for (const std::size_t edge : edges_) {
      const ErdEdge& one = erd_.edges[edge];
      if (one.child == table && rank_[one.parent] < rank_[table]) column = std::max(column, column_[one.parent] + 1);
      if (one.parent == table && rank_[one.child] < rank_[table]) column = std::max(column, column_[one.child] + 1);
    }
    const double height = sizes_[table].height;
    while (column < heights_.size() && heights_[column] > 0 && heights_[column] + height > limit_) ++column;
    heights_.resize(std::max(heights_.size(), column + 1));
    heights_[column] += height + metrics_.gap;
    column_[table] = column;
  }

  // What refers to nothing stands best beside the first that refers to it.
  void draw_near(std::size_t table) {
    std::size_t nearest = heights_.size();
    for (const std::size_t edge : edges_) {
      const ErdEdge& one = erd_.edges[edge];
      if (one.child == table && one.parent != table) return;
      if (one.parent == table && one.child != table) nearest = std::min(nearest, column_[one.child]);
    }
    const double height = sizes_[table].height;
    for (std::size_t column = nearest; nearest < heights_.size() && column-- > column_[table] + 1;) {
      if (heights_[column] + height > limit_) continue;
      heights_[column_[table]] -= height + metrics_.gap;
      heights_[column] += height + metrics_.gap;
      column_[table] = column;
    }
  }

  ErdNode* add_node(ErdNode node) {
    layers_.columns.resize(std::max(layers_.columns.size(), node.column + 1));
    layers_.nodes.push_back(node);
    layers_.columns[node.column].push_back(&layers_.nodes.back());
    return &layers_.nodes.back();
  }

  double offset(std::size_t table, std::size_t column) const {
    return row_middle({0, 0, 0, sizes_[table].height}, column, metrics_);
  }

  void add_edge(std::size_t index) {
    const ErdEdge& edge = erd_.edges[index];
    if (edge.child == edge.parent) return layers_.loops.push_back(index);
    const bool reversed = column_[edge.child] < column_[edge.parent];
    if (reversed) layers_.reversed.push_back(index);
    const std::size_t left = reversed ? edge.child : edge.parent, right = reversed ? edge.parent : edge.child;
    const std::size_t left_row = reversed ? edge.child_column : edge.parent_column;
    const std::size_t right_row = reversed ? edge.parent_column : edge.child_column;
    const std::size_t port = port_of(left, left_row);
    ErdNode* from = tables_[left];
    double from_offset = offset(left, left_row);
    for (std::size_t column = column_[left] + 1; column < column_[right]; ++column) {
      ErdNode* through = passage(port, column);
      link(from, from_offset, through, 0, port, index);
      from = through;
      from_offset = 0;
    }
    link(from, from_offset, tables_[right], offset(right, right_row), port, index);
  }

  std::size_t port_of(std::size_t table, std::size_t row) {
    return ports_.emplace(std::pair(table, row), ports_.size()).first->second;
  }

  ErdNode* passage(std::size_t port, std::size_t column) {
    ErdNode*& node = passages_[{port, column}];
    if (node == nullptr) node = add_node({ErdNode::kNone, column, 0, 0});
    return node;
  }

  void link(ErdNode* from, double from_offset, ErdNode* to, double to_offset, std::size_t port, std::size_t edge) {
    for (ErdLink& one : layers_.links) {
      if (one.from == from && one.to == to && one.port == port && one.to_offset == to_offset)
        return one.edges.push_back(edge);
    }
    layers_.links.push_back({from, to, from_offset, to_offset, port, {edge}});
  }

  const Erd& erd_;
  const std::vector<ErdBox>& sizes_;
  double limit_;
  const ErdMetrics& metrics_;
  std::vector<std::size_t> members_;
  std::vector<std::size_t> edges_;
  std::vector<std::size_t> order_;
  std::set<std::size_t> seen_;
  std::map<std::size_t, std::size_t> rank_;
  std::map<std::size_t, std::size_t> column_;
  std::vector<double> heights_;
  std::map<std::size_t, ErdNode*> tables_;
  std::map<std::pair<std::size_t, std::size_t>, std::size_t> ports_;
  std::map<std::pair<std::size_t, std::size_t>, ErdNode*> passages_;
  ErdLayers layers_;
};

}  // namespace

ErdLayers layers_of(const Erd& erd, const std::vector<std::size_t>& members, const std::vector<ErdBox>& sizes,
                    double limit, const ErdMetrics& metrics) {
  return Layering(erd, members, sizes, limit, metrics).run();
}

}  // namespace tide
