#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "cli/session.h"
#include "cli/width.h"
#include "db/postgres_sql.h"
#include "repl/commands.h"
#include "repl/shell.h"

namespace tide {
namespace {

double number(const Json& node, const char* key) {
  const Json* found = node.find(key);
  if (found == nullptr) return 0;
  if (const auto* integer = std::get_if<std::int64_t>(&found->data)) return static_cast<double>(*integer);
  if (const auto* real = std::get_if<double>(&found->data)) return *real;
  if (const auto* numeric = std::get_if<Numeric>(&found->data)) return std::stod(numeric->text);
  return 0;
}

std::string text(const Json& node, const char* key) {
  const Json* found = node.find(key);
  const auto* value = found == nullptr ? nullptr : std::get_if<std::string>(&found->data);
  return value == nullptr ? "" : *value;
}

const Json::List& children(const Json& node) {
  static const Json::List none;
  const Json* found = node.find("Plans");
  return found == nullptr ? none : std::get<Json::List>(found->data);
}

double total_ms(const Json& node) {
  return number(node, "Actual Total Time") * std::max(number(node, "Actual Loops"), 1.0);
}

// A node's own part of time, or, in a plan that was not run, of cost.
double own_share(const Json& node, bool run) {
  double own = run ? total_ms(node) : number(node, "Total Cost");
  for (const Json& child : children(node)) own -= run ? total_ms(child) : number(child, "Total Cost");
  return std::max(own, 0.0);
}

double largest_share(const Json& node, bool run) {
  double largest = own_share(node, run);
  for (const Json& child : children(node)) largest = std::max(largest, largest_share(child, run));
  return largest;
}

std::string one_digit(double value) {
  char digits[32];
  std::snprintf(digits, sizeof digits, "%.1f", value);
  return digits;
}

std::string name_of(const Json& node) {
  std::string name = text(node, "Node Type");
  const std::string index = text(node, "Index Name"), relation = text(node, "Relation Name"),
                    alias = text(node, "Alias");
  if (!text(node, "Join Type").empty() && text(node, "Join Type") != "Inner") name += cat(" ", text(node, "Join Type"));
  if (!index.empty()) name += cat(" using ", index);
  if (!relation.empty()) name += cat(" on ", relation, alias == relation ? "" : cat(" ", alias));
  return name;
}

std::string facts_of(const Json& node, bool run) {
  const auto planned = static_cast<std::int64_t>(number(node, "Plan Rows"));
  if (!run) return cat("cost ", one_digit(number(node, "Total Cost")), ", about ", planned, " rows");
  const double loops = std::max(number(node, "Actual Loops"), 1.0);
  const auto rows = static_cast<std::int64_t>(number(node, "Actual Rows") * loops);
  std::string facts = cat(one_digit(total_ms(node)), " ms, ", rows, " rows");
  const double ratio = (static_cast<double>(rows) + 1) / (static_cast<double>(planned) * loops + 1);
  if (ratio > 10 || ratio < 0.1) facts += cat(" (", planned, " expected)");
  return facts;
}

struct Plan {
  const Style style;
  bool run;
  double total;
  double largest;
  std::string out;

  void draw(const Json& node, const std::string& before, const std::string& below) {
    const double own = own_share(node, run);
    const bool slowest = own >= largest && own > 0;
    std::string line = cat(before, name_of(node), "  (", facts_of(node, run), ")");
    if (slowest)
      line += cat("  <-- ", std::min(static_cast<int>(own * 100 / std::max(total, 1e-9)), 100), "% of the ",
                  run ? "time" : "cost");
    out += (slowest ? style.red(line) : line) + "\n";
    for (const char* detail :
         {"Index Cond", "Recheck Cond", "Hash Cond", "Merge Cond", "Join Filter", "Filter", "Sort Key"}) {
      if (const std::string value = text(node, detail); !value.empty())
        out += cat(below, "  ", detail, ": ", value, "\n");
    }
    const double removed = number(node, "Rows Removed by Filter");
    if (removed > 0) out += cat(below, "  Rows removed by filter: ", static_cast<std::int64_t>(removed), "\n");
    const Json::List& nodes = children(node);
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      const bool last = i + 1 == nodes.size();
      draw(nodes[i], cat(below, last ? "└─ " : "├─ "), cat(below, last ? "   " : "│  "));
    }
  }
};

void explain_postgres(Shell& shell, const std::string& sql) {
  const bool run = is_cursor_query(sql);
  const Statement statement(cat(run ? "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " : "EXPLAIN (FORMAT JSON) ", sql));
  std::string document;
  const auto rows = shell.connection().query(statement);
  while (rows->next()) document += rows->cell(0).text;
  const Json parsed = parse_json(document);
  const Json& top = std::get<Json::List>(parsed.data).at(0);
  const Json& root = *top.find("Plan");
  Plan plan{shell.session().style(), run, run ? total_ms(root) : number(root, "Total Cost"), largest_share(root, run),
            ""};
  plan.draw(root, "", "");
  if (run) {
    plan.out += cat("planning ", one_digit(number(top, "Planning Time")), " ms, execution ",
                    one_digit(number(top, "Execution Time")), " ms\n");
  }
  shell.print(plan.out);
}

void explain_sqlite(Shell& shell, const std::string& sql) {
  const auto rows = shell.connection().query(Statement("EXPLAIN QUERY PLAN " + sql));
  std::vector<std::int64_t> parents;
  std::string out;
  while (rows->next()) {
    const std::int64_t id = rows->cell(0).integer, parent = rows->cell(1).integer;
    while (!parents.empty() && parents.back() != parent) parents.pop_back();
    const std::string detail(rows->cell(3).text);
    const std::string mark = starts_with(detail, "SCAN") ? "  <-- reads the whole table or index" : "";
    out += cat(std::string(parents.size() * 3, ' '), parents.empty() ? "" : "└─ ", detail, mark, "\n");
    parents.push_back(id);
  }
  shell.print(out);
}

}  // namespace

void explain_statement(Shell& shell, const std::string&, const std::string& argument) {
  if (argument.empty()) throw Error(ErrorKind::kUsage, "\\explain takes a statement on the same line");
  if (shell.connection().info().engine == "postgres") return explain_postgres(shell, argument);
  explain_sqlite(shell, argument);
}

}  // namespace tide
