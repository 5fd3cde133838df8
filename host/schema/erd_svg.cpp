#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

#include "base/text.h"
#include "schema/erd.h"
#include "schema/erd_layout.h"
#include "schema/markup.h"

namespace tide {
namespace {

constexpr std::size_t kLongest = 34;
// Of the lines to a table and of its header: of one brightness, so that they show on light and dark alike.
constexpr std::array<const char*, 10> kHues = {"#3b82f6", "#e2742b", "#22a06b", "#d6409f", "#8b5cf6",
                                               "#0ea5b7", "#c9922e", "#e5484d", "#6b8e23", "#7c86a0"};

// No variables: some programs that show SVG do not know them.
constexpr const char* kStyle = R"(<style>
  text { font: 12px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; fill: #1f2328; }
  .name { font-weight: 600; }
  .key { font-size: 9px; font-weight: 600; fill: #9a6700; }
  .type { text-anchor: end; fill: #69727d; }
  .back { fill: #ffffff; }
  .box { fill: #ffffff; stroke: #c9d1d9; }
  .head { fill: #eff2f6; }
  .rule { stroke: #c9d1d9; stroke-opacity: .45; }
  .halo { fill: none; stroke: #ffffff; stroke-width: 4.5; }
  .line { fill: none; stroke-width: 1.4; }
  .line:hover { stroke-width: 3; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .key { fill: #d29922; }
    .type { fill: #9198a1; }
    .back { fill: #0d1117; }
    .box { fill: #151b23; stroke: #3d444d; }
    .head { fill: #212830; }
    .rule { stroke: #3d444d; }
    .halo { stroke: #0d1117; }
  }
</style>
)";

std::string number(double value) {
  const long long tenths = std::llround(value * 10);
  return tenths % 10 == 0 ? std::to_string(tenths / 10) : cat(tenths / 10, ".", std::llabs(tenths % 10));
}

std::string cut(const std::string& text) {
  if (utf8_length(text) <= kLongest) return text;
  return cat(text.substr(0, utf8_offset(text, kLongest)), "\u2026");
}

// Two lines of an owner's colour: what is no table's parent has none.
std::map<std::size_t, std::string> hues_of(const Erd& erd) {
  std::set<std::size_t> parents;
  for (const ErdEdge& edge : erd.edges) parents.insert(edge.parent);
  std::map<std::size_t, std::string> hues;
  for (const std::size_t parent : parents) hues.emplace(parent, kHues[hues.size() % kHues.size()]);
  return hues;
}

class Drawing {
 public:
  explicit Drawing(const Erd& erd) : erd_(erd), layout_(lay_out(erd, metrics_)), hues_(hues_of(erd)) {}

  std::string text() const {
    std::string out =
        cat("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 ", number(layout_.width), " ",
            number(layout_.height), "\" width=\"", number(layout_.width), "\" height=\"", number(layout_.height),
            "\">\n", kStyle, "<rect class=\"back\" width=\"100%\" height=\"100%\"/>\n");
    for (const ErdLine& line : layout_.lines) out += line_text(line);
    for (const ErdLine& line : layout_.lines) out += ends_text(line);
    for (std::size_t i = 0; i < erd_.tables.size(); ++i) out += box_text(i);
    return out + "</svg>\n";
  }

 private:
  static std::string point(ErdPoint at) { return cat(number(at.x), " ", number(at.y)); }

  // Corners are rounded a little.
  static std::string path(const std::vector<ErdPoint>& points) {
    std::string out = cat("M", point(points.front()));
    for (std::size_t i = 1; i + 1 < points.size(); ++i) {
      const ErdPoint &before = points[i - 1], &at = points[i], &after = points[i + 1];
      const double reach = std::min({6.0, length(before, at) / 2, length(at, after) / 2});
      out += cat("L", point(towards(at, before, reach)), "Q", point(at), " ", point(towards(at, after, reach)));
    }
    return cat(out, "L", point(points.back()));
  }

  static double length(ErdPoint a, ErdPoint b) { return std::fabs(a.x - b.x) + std::fabs(a.y - b.y); }
  static ErdPoint towards(ErdPoint from, ErdPoint to, double by) {
    const double whole = length(from, to);
    if (whole == 0) return from;
    return {from.x + (to.x - from.x) * by / whole, from.y + (to.y - from.y) * by / whole};
  }

  std::string title(const ErdEdge& edge) const {
    return cat("<title>", markup_text(erd_.tables[edge.child].shown), " (", markup_text(edge.columns), ") \u2192 ",
               markup_text(erd_.tables[edge.parent].shown), "</title>");
  }

  std::string line_text(const ErdLine& line) const {
    const ErdEdge& edge = erd_.edges[line.edge];
    const std::string way = path(line.points);
    return cat("<path class=\"halo\" d=\"", way, "\"/><path class=\"line\" stroke=\"", hues_.at(edge.parent), "\" d=\"",
               way, "\">", title(edge), "</path>\n");
  }

  // At the parent a bar (or a ring: there may be none), at the child a crow's foot (or a bar: at most one).
  std::string ends_text(const ErdLine& line) const {
    const ErdEdge& edge = erd_.edges[line.edge];
    const ErdPoint parent = line.points.front(), child = line.points.back();
    const double out = line.points[1].x >= parent.x ? 1 : -1;
    const double in = line.points[line.points.size() - 2].x <= child.x ? -1 : 1;
    const std::string stroke = cat("stroke=\"", hues_.at(edge.parent), "\"");
    const std::string ring = cat("<circle class=\"box\" style=\"stroke:", hues_.at(edge.parent), "\" cx=\"",
                                 number(parent.x + out * 7), "\" cy=\"", number(parent.y), "\" r=\"3\"/>\n");
    const std::string bar =
        cat("<path class=\"line\" ", stroke, " d=\"", bar_path(parent.x + out * 6, parent.y), "\"/>\n");
    const std::string foot = cat("M", number(child.x), " ", number(child.y - 4.5), "L", number(child.x + in * 9), " ",
                                 number(child.y), "L", number(child.x), " ", number(child.y + 4.5));
    return cat(edge.optional ? ring : bar, "<path class=\"line\" ", stroke, " d=\"",
               edge.exclusive ? bar_path(child.x + in * 6, child.y) : foot, "\"/>\n");
  }

  static std::string bar_path(double x, double y) {
    return cat("M", number(x), " ", number(y - 4.5), "V", number(y + 4.5));
  }

  std::string box_text(std::size_t index) const {
    const ErdTable& table = erd_.tables[index];
    const ErdBox& box = layout_.boxes[index];
    std::string out = cat("<g transform=\"translate(", point({box.x, box.y}), ")\">");
    out += cat("<title>", markup_text(table.comment.empty() ? table.shown : cat(table.shown, ": ", table.comment)),
               "</title>");
    out += cat("<rect class=\"box\" width=\"", number(box.width), "\" height=\"", number(box.height), "\" rx=\"6\"/>");
    out += header(table, box, index);
    for (std::size_t i = 0; i < table.columns.size(); ++i) out += row(table.columns[i], i, box);
    return out + "</g>\n";
  }

  std::string header(const ErdTable& table, const ErdBox& box, std::size_t index) const {
    const double right = box.width - .5, bottom = metrics_.header - 2;
    const std::string area = cat("M.5 ", number(bottom), "V6.5Q.5 .5 6.5 .5H", number(right - 6), "Q", number(right),
                                 " .5 ", number(right), " 6.5V", number(bottom), "Z");
    const auto hue = hues_.find(index);
    const std::string stripe =
        hue == hues_.end()
            ? ""
            : cat("<rect x=\"8\" y=\"9\" width=\"4\" height=\"12\" rx=\"2\" fill=\"", hue->second, "\"/>");
    return cat("<path class=\"head\" d=\"", area, "\"/>", stripe, "<text class=\"name\" x=\"",
               stripe.empty() ? "10" : "18", "\" y=\"19\">", markup_text(cut(table.shown)), "</text>");
  }

  std::string row(const ErdColumn& column, std::size_t index, const ErdBox& box) const {
    const double middle = metrics_.header + (static_cast<double>(index) + .5) * metrics_.row;
    const char* key = column.primary ? "PK" : column.foreign ? "FK" : column.unique ? "UQ" : "";
    const std::string rule = index == 0 ? ""
                                        : cat("<path class=\"rule\" d=\"M8 ", number(middle - metrics_.row / 2), "H",
                                              number(box.width - 8), "\"/>");
    const std::string mark = *key == '\0' ? ""
                                          : cat("<text class=\"key\" x=\"9\" y=\"", number(middle + 3.2), "\">",
                                                std::string_view(key), "</text>");
    return cat(rule, mark, "<text x=\"28\" y=\"", number(middle + 4), "\">", markup_text(cut(column.name)),
               "</text><text class=\"type\" x=\"", number(box.width - 9), "\" y=\"", number(middle + 4), "\">",
               markup_text(cut(column.type)), column.optional ? "?" : "", "</text>");
  }

  const Erd& erd_;
  ErdMetrics metrics_;
  ErdLayout layout_;
  std::map<std::size_t, std::string> hues_;
};

}  // namespace

std::string erd_svg(const Erd& erd) { return Drawing(erd).text(); }

}  // namespace tide
