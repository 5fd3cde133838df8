#include <algorithm>

#include "base/text.h"
#include "db/postgres_encode.h"
#include "lint/clause.h"

namespace tide {
namespace {

constexpr int kConstantDefaults = 110000;  // an added column with a constant default rewrites nothing from 11 on

// Of functions whose volatility nobody can be asked for.
constexpr const char* kStable[] = {"now",
                                   "transaction_timestamp",
                                   "statement_timestamp",
                                   "timezone",
                                   "date_trunc",
                                   "lower",
                                   "upper",
                                   "concat",
                                   "md5",
                                   "to_jsonb",
                                   "round",
                                   "jsonb_build_object",
                                   "jsonb_build_array",
                                   "length",
                                   "make_interval"};

bool is_volatile(const World& world, const std::string& function) {
  const auto known = world.facts().functions.find(function);
  if (known != world.facts().functions.end()) return known->second;
  return std::find(std::begin(kStable), std::end(kStable), function) == std::end(kStable);
}

bool has_volatile_call(const World& world, const Node& expression) {
  bool found = false;
  expression.walk([&](const std::string& tag, const Node& body) {
    if (tag != "FuncCall") return;
    const auto names = names_of(body.list("funcname"));
    found = found || names.empty() || is_volatile(world, names.back());
  });
  return found;
}

bool is_null(const Node& expression) {
  const Node constant = expression.as("A_Const");
  return constant && constant.flag("isnull");
}

// The constraints of a column, by kind.
struct ColumnConstraints {
  explicit ColumnConstraints(const Node& column) {
    for (const Node& item : column.list("constraints")) {
      const Node constraint = item.as("Constraint");
      const std::string kind = constraint.text("contype");
      Node& held = kind == "CONSTR_DEFAULT"     ? given
                   : kind == "CONSTR_GENERATED" ? generated
                   : kind == "CONSTR_IDENTITY"  ? identity
                   : kind == "CONSTR_NOTNULL"   ? not_null
                   : kind == "CONSTR_PRIMARY"   ? primary
                   : kind == "CONSTR_UNIQUE"    ? unique
                   : kind == "CONSTR_CHECK"     ? check
                   : kind == "CONSTR_FOREIGN"   ? foreign
                                                : other;
      held = constraint;
    }
  }
  Node given, generated, identity, not_null, primary, unique, check, foreign, other;
};

std::string sql_of_default(const Clause& clause, const Node& given) {
  const int from = given["raw_expr"].body().location();
  if (from < 0) return "...";
  const std::string rest = clause.judged.text().substr(static_cast<std::size_t>(from));
  return rest.substr(0, rest.find_first_of(",;\n"));
}

bool rewrites(const Clause& clause, const ColumnConstraints& has, const std::string& type) {
  if (has.identity || has.generated || ends_with(type, "serial")) return true;
  if (!has.given || is_null(has.given["raw_expr"])) return false;
  const int server = clause.judged.world.facts().server;
  return (server != 0 && server < kConstantDefaults) || has_volatile_call(clause.judged.world, has.given["raw_expr"]);
}

bool may_hold_rows(const Clause& clause) {
  return !is_empty(clause.judged.world.table(clause.table), clause.judged.options.small_rows);
}

void judge_value(const Clause& clause, const Node& column, const ColumnConstraints& has) {
  const std::string type = catalog_type(column["typeName"]);
  const bool serial = ends_with(type, "serial");
  const bool given = (has.given && !is_null(has.given["raw_expr"])) || has.identity || has.generated || serial;
  RuleValues values = {{"column", postgres_ident(column.text("colname"))},
                       {"type", serial ? "bigint" : type},
                       {"default", has.given ? sql_of_default(clause, has.given) : "..."}};
  if (rewrites(clause, has, type)) {
    const Node cause = has.given ? has.given : has.generated ? has.generated : has.identity;
    clause.accuse("add-column-rewrite", cause ? cause.location() : column.location(), values);
  } else if ((has.not_null || has.primary) && !given && may_hold_rows(clause)) {
    clause.accuse("add-column-not-null", (has.not_null ? has.not_null : has.primary).location(), values);
  }
}

}  // namespace

void judge_add_column(const Clause& clause) {
  const Node column = clause.definition();
  const std::string name = column.text("colname");
  World& world = clause.judged.world;
  if (clause.command.flag("missing_ok") && !world.type_of(clause.table, name).empty()) return;
  const ColumnConstraints has(column);
  judge_value(clause, column, has);
  judge_column_type(clause.judged, clause.table, column);
  if (has.check) judge_check(clause, has.check, true);
  if (has.unique || has.primary) judge_unique(clause, has.unique ? has.unique : has.primary, {name});
  // of a new column that is NULL everywhere nothing has to be looked up, and the server knows
  if (has.foreign) judge_foreign_key(clause, has.foreign, {name}, has.given && !is_null(has.given["raw_expr"]));
  TableFacts& facts = world.change(clause.table);
  facts.columns[name] = catalog_type(column["typeName"]);
  if (has.not_null || has.primary) facts.not_null.insert(name);
}

}  // namespace tide
