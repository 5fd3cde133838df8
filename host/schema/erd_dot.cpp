#include "base/text.h"
#include "schema/erd.h"
#include "schema/markup.h"

namespace tide {
namespace {

constexpr const char* kHead =
    "digraph schema {\n"
    "  graph [rankdir=RL, nodesep=0.4, ranksep=1.2, splines=true];\n"
    "  node [shape=plain, fontname=\"Helvetica\", fontsize=11];\n"
    "  edge [color=\"#6e7781\", dir=both];\n";

std::string row(const ErdColumn& column, std::size_t index) {
  const char* key = column.primary ? "PK" : column.foreign ? "FK" : "";
  return cat("<tr><td port=\"c", index, "\" align=\"left\">", std::string_view(key), "</td><td align=\"left\">",
             markup_text(column.name), "</td><td align=\"left\"><font color=\"#6e7781\">", markup_text(column.type),
             column.optional ? "?" : "", "</font></td></tr>");
}

}  // namespace

std::string erd_dot(const Erd& erd) {
  std::string out = kHead;
  for (std::size_t i = 0; i < erd.tables.size(); ++i) {
    const ErdTable& table = erd.tables[i];
    out += cat("  t", i,
               " [label=<<table border=\"0\" cellborder=\"1\" cellspacing=\"0\" cellpadding=\"4\">"
               "<tr><td colspan=\"3\" bgcolor=\"#eaeef2\"><b>",
               markup_text(table.shown), "</b></td></tr>");
    for (std::size_t c = 0; c < table.columns.size(); ++c) out += row(table.columns[c], c);
    out += "</table>>];\n";
  }
  for (const ErdEdge& edge : erd.edges) {
    out += cat("  t", edge.child, ":c", edge.child_column, " -> t", edge.parent, ":c", edge.parent_column,
               " [arrowtail=", edge.exclusive ? "teetee" : "crow", ", arrowhead=", edge.optional ? "teeodot" : "tee",
               "];\n");
  }
  return out + "}\n";
}

}  // namespace tide
