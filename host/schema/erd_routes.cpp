#include "schema/erd_routes.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace tide {
namespace {

constexpr double kLoop = 14;  // how far a line from a table to itself leads out
constexpr double kSame = 0.5;

// The lines of one port in the gutter behind a column.
struct Bundle {
  std::size_t port = 0;
  double begin = 0;  // where they come in
  double low = 0;
  double high = 0;
  std::size_t track = 0;
  bool straight() const { return high - low < kSame; }
};

class Routing {
 public:
  Routing(const Erd& erd, const ErdLayers& layers, const std::vector<ErdBox>& sizes, const ErdMetrics& metrics)
      : erd_(erd), layers_(layers), metrics_(metrics) {
    layout_.boxes = sizes;
  }

  ErdLayout run() {
    collect();
    place_columns();
    for (std::size_t edge = 0; edge < erd_.edges.size(); ++edge) draw(edge);
    for (const std::size_t edge : layers_.loops) draw_loop(edge);
    for (const ErdNode& node : layers_.nodes) layout_.height = std::max(layout_.height, node.y + node.height);
    return std::move(layout_);
  }

 private:
  static double start_of(const ErdLink& link) { return link.from->y + link.from_offset; }
  static double end_of(const ErdLink& link) { return link.to->y + link.to_offset; }

  void collect() {
    gutters_.resize(layers_.columns.size());
    for (const ErdLink& link : layers_.links) {
      auto& gutter = gutters_[link.from->column];
      auto found = std::find_if(gutter.begin(), gutter.end(), [&](const Bundle& one) { return one.port == link.port; });
      if (found == gutter.end()) {
        gutter.push_back({link.port, start_of(link), start_of(link), start_of(link), 0});
        found = std::prev(gutter.end());
      }
      found->low = std::min(found->low, end_of(link));
      found->high = std::max(found->high, end_of(link));
    }
    for (auto& gutter : gutters_) tracks_.push_back(give_tracks(gutter));
  }

  // Lines that run down keep left of those that come in below them, lines that run up the other way round: then the
  // fewest cross. Bundles that do not meet share a track.
  static std::size_t give_tracks(std::vector<Bundle>& bundles) {
    std::sort(bundles.begin(), bundles.end(), [](const Bundle& a, const Bundle& b) {
      const bool down_a = a.high - a.begin > a.begin - a.low, down_b = b.high - b.begin > b.begin - b.low;
      if (down_a != down_b) return !down_a;
      return down_a ? a.begin > b.begin : a.begin < b.begin;
    });
    std::vector<std::vector<const Bundle*>> tracks;
    for (Bundle& bundle : bundles) {
      if (bundle.straight()) continue;
      const auto meets = [&](const Bundle* other) {
        return bundle.low < other->high + 6 && other->low < bundle.high + 6;
      };
      std::size_t track = 0;
      while (track < tracks.size() && std::any_of(tracks[track].begin(), tracks[track].end(), meets)) ++track;
      if (track == tracks.size()) tracks.emplace_back();
      tracks[track].push_back(&bundle);
      bundle.track = track;
    }
    return tracks.size();
  }

  void place_columns() {
    double x = 0;
    for (std::size_t i = 0; i < layers_.columns.size(); ++i) {
      double width = 0;
      left_.push_back(x);
      for (const ErdNode* node : layers_.columns[i]) {
        if (!node->is_table()) continue;
        ErdBox& box = layout_.boxes[node->table];
        box.x = x;
        box.y = node->y;
        width = std::max(width, box.width);
      }
      right_.push_back(x + width);
      const double lines = tracks_[i] > 1 ? static_cast<double>(tracks_[i] - 1) * metrics_.track : 0;
      x += width + 2 * metrics_.gutter + lines;
    }
    layout_.width = right_.back();
    for (const std::size_t edge : layers_.loops) {
      const ErdBox& box = layout_.boxes[erd_.edges[edge].child];
      layout_.width = std::max(layout_.width, box.x + box.width + kLoop + 6);
    }
  }

  double track_x(const ErdLink& link) const {
    const auto& gutter = gutters_[link.from->column];
    const auto found =
        std::find_if(gutter.begin(), gutter.end(), [&](const Bundle& one) { return one.port == link.port; });
    return right_[link.from->column] + metrics_.gutter + static_cast<double>(found->track) * metrics_.track;
  }

  // From the left box to the right one, link by link.
  void draw(std::size_t edge) {
    std::vector<const ErdLink*> way;
    for (const ErdLink& link : layers_.links) {
      if (std::find(link.edges.begin(), link.edges.end(), edge) != link.edges.end()) way.push_back(&link);
    }
    if (way.empty()) return;
    std::sort(way.begin(), way.end(),
              [](const ErdLink* a, const ErdLink* b) { return a->from->column < b->from->column; });
    const ErdBox& left = layout_.boxes[way.front()->from->table];
    ErdLine line{edge, {{left.x + left.width, start_of(*way.front())}}};
    for (const ErdLink* link : way) {
      const double x = track_x(*link);
      if (std::fabs(start_of(*link) - end_of(*link)) >= kSame) {
        line.points.push_back({x, start_of(*link)});
        line.points.push_back({x, end_of(*link)});
      }
    }
    line.points.push_back({left_[way.back()->to->column], end_of(*way.back())});
    if (std::binary_search(layers_.reversed.begin(), layers_.reversed.end(), edge)) {
      std::reverse(line.points.begin(), line.points.end());
    }
    layout_.lines.push_back(std::move(line));
  }

  void draw_loop(std::size_t edge) {
    const ErdEdge& one = erd_.edges[edge];
    const ErdBox& box = layout_.boxes[one.child];
    const double right = box.x + box.width, from = row_middle(box, one.parent_column, metrics_);
    const double to = row_middle(box, one.child_column, metrics_);
    layout_.lines.push_back({edge, {{right, from}, {right + kLoop, from}, {right + kLoop, to}, {right, to}}});
  }

  const Erd& erd_;
  const ErdLayers& layers_;
  const ErdMetrics& metrics_;
  std::vector<std::vector<Bundle>> gutters_;  // behind each column
  std::vector<std::size_t> tracks_;
  std::vector<double> left_, right_;  // of each column
  ErdLayout layout_;
};

}  // namespace

ErdLayout route(const Erd& erd, const ErdLayers& layers, const std::vector<ErdBox>& sizes, const ErdMetrics& metrics) {
  return Routing(erd, layers, sizes, metrics).run();
}

}  // namespace tide
