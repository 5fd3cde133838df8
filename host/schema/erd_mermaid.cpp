#include <algorithm>
#include <cctype>

#include "base/text.h"
#include "schema/erd.h"

namespace tide {
namespace {

bool is_plain(std::string_view name) {
  const auto plain = [](unsigned char c) { return (c < 128 && std::isalnum(c) != 0) || c == '_'; };
  return !name.empty() && std::isdigit(static_cast<unsigned char>(name.front())) == 0 &&
         std::all_of(name.begin(), name.end(), plain);
}

// Mermaid knows no quotes inside of quotes.
std::string quoted(std::string text) {
  std::replace(text.begin(), text.end(), '"', '\'');
  return cat("\"", text, "\"");
}

// What it takes as the name or the type of an attribute.
std::string word(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool kept =
        byte < 128 && (std::isalnum(byte) != 0 || std::string_view("_-()[]").find(c) != std::string_view::npos);
    out += kept ? c : '_';
  }
  return out.empty() || std::isalpha(static_cast<unsigned char>(out.front())) == 0 ? cat("_", out) : out;
}

std::string entity(const ErdTable& table, std::size_t index) {
  return is_plain(table.shown) ? table.shown : cat("t", index + 1);
}

std::string attribute(const ErdColumn& column) {
  std::vector<std::string> keys;
  if (column.primary) keys.emplace_back("PK");
  if (column.foreign) keys.emplace_back("FK");
  if (column.unique) keys.emplace_back("UK");
  const std::string name = word(column.name);
  return cat("    ", word(column.type), " ", name, keys.empty() ? "" : cat(" ", join(keys, ", ")),
             name == column.name ? "" : cat(" ", quoted(column.name)), "\n");
}

}  // namespace

std::string erd_mermaid(const Erd& erd) {
  std::string out = "erDiagram\n";
  for (std::size_t i = 0; i < erd.tables.size(); ++i) {
    const ErdTable& table = erd.tables[i];
    const std::string name = entity(table, i);
    out += cat("  ", name, name == table.shown ? "" : cat("[", quoted(table.shown), "]"), " {\n");
    for (const ErdColumn& column : table.columns) out += attribute(column);
    out += "  }\n";
  }
  for (const ErdEdge& edge : erd.edges) {
    out += cat("  ", entity(erd.tables[edge.parent], edge.parent), " ", edge.optional ? "|o" : "||", "--",
               edge.exclusive ? "o|" : "o{", " ", entity(erd.tables[edge.child], edge.child), " : ",
               quoted(edge.columns), "\n");
  }
  return out;
}

}  // namespace tide
