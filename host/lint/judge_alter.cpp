#include <algorithm>
#include <string>

#include "base/text.h"
#include "db/postgres_encode.h"
#include "lint/judge.h"

namespace tide {
namespace {

// One clause of an ALTER TABLE.
struct Clause {
  Case& judged;
  std::string table;
  Node command;
  int place;    // of the table's name in the statement
  bool is_new;  // nobody uses the table yet
  bool alone;   // the statement has no other clause

  std::string column() const { return command.text("name"); }
  Node definition() const { return command["def"].body(); }
  int place_of(const std::string& name) const { return judged.locate(name, place + 1); }
  void accuse(const std::string& rule, int location, RuleValues values = {}) const {
    if (!is_new) judged.accuse(rule, table, location, std::move(values));
  }
};

constexpr int kConstantDefaults = 110000;  // an added column with a constant default rewrites nothing from 11 on
constexpr int kNotNullByCheck = 120000;    // SET NOT NULL believes a validated CHECK from 12 on

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
  const TableFacts* facts = clause.judged.world.table(clause.table);
  return facts == nullptr || facts->bytes != 0;
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

std::string constraint_name(const Clause& clause, const Node& constraint, const std::vector<std::string>& columns,
                            const char* ending) {
  const std::string given = constraint.text("conname");
  if (!given.empty()) return postgres_ident(given);
  return postgres_ident(cat(bare_name(clause.table), columns.empty() ? "" : "_", join(columns, "_"), "_", ending));
}

std::vector<std::string> idents(const std::vector<std::string>& names) {
  std::vector<std::string> out;
  for (const std::string& name : names) out.push_back(postgres_ident(name));
  return out;
}

// The statement, or a sketch of it where the constraint stands among other things.
std::string not_valid(const Clause& clause, const Node& constraint, const std::string& name, const std::string& body) {
  if (clause.alone && !constraint.text("conname").empty()) return cat(clause.judged.text(), " NOT VALID");
  return cat("ALTER TABLE ", shown_key(clause.table), " ADD CONSTRAINT ", name, " ", body, " NOT VALID");
}

void judge_check(const Clause& clause, const Node& constraint, bool inside_column) {
  CheckFacts check =
      check_facts(constraint.text("conname"), constraint["raw_expr"], !constraint.flag("skip_validation"));
  if (check.validated) {
    const std::string name = constraint_name(clause, constraint, {}, "check");
    Clause whole = clause;
    whole.alone = clause.alone && !inside_column;
    clause.accuse(
        "add-check", constraint.location(),
        {{"statement", not_valid(whole, constraint, name, "CHECK (...)")}, {"constraint", name}, {"kind", "TABLE"}});
  }
  clause.judged.world.change(clause.table).checks.push_back(std::move(check));
}

void judge_unique(const Clause& clause, const Node& constraint, std::vector<std::string> columns) {
  const bool primary = constraint.text("contype") == "CONSTR_PRIMARY";
  if (columns.empty()) columns = names_of(constraint.list("keys"));
  const std::string name = constraint_name(clause, constraint, columns, primary ? "pkey" : "key");
  clause.accuse(
      "add-unique", constraint.location(),
      {{"columns", join(idents(columns), ", ")}, {"constraint", name}, {"kind", primary ? "PRIMARY KEY" : "UNIQUE"}});
  clause.judged.world.make_index(clause.table, name, {columns, false});
}

// PRIMARY KEY USING INDEX makes its columns NOT NULL, and reads the table where that is not known.
void judge_taken_index(const Clause& clause, const Node& constraint) {
  const TableFacts* facts = clause.judged.world.table(clause.table);
  if (facts == nullptr || constraint.text("contype") != "CONSTR_PRIMARY") return;
  const auto index = facts->indexes.find(constraint.text("indexname"));
  if (index == facts->indexes.end()) return;
  for (const std::string& column : index->second.columns) {
    if (clause.judged.world.never_null(clause.table, column)) continue;
    clause.accuse("set-not-null", constraint.location(), {{"column", postgres_ident(column)}});
  }
}

void judge_foreign_key(const Clause& clause, const Node& constraint, std::vector<std::string> columns, bool looked_up) {
  if (columns.empty()) columns = names_of(constraint.list("fk_attrs"));
  const Node other = constraint["pktable"];
  const std::string other_key = clause.judged.world.key(other);
  if (looked_up && !constraint.flag("skip_validation")) {
    const std::string name = constraint_name(clause, constraint, columns, "fkey");
    const std::string body = cat("FOREIGN KEY (", join(idents(columns), ", "), ") REFERENCES ", shown_key(other_key));
    clause.accuse("add-foreign-key", constraint.location(),
                  {{"statement", not_valid(clause, constraint, name, body)}, {"constraint", name}});
  }
  clause.judged.locks_writers(clause.table);
  clause.judged.locks_writers(other_key);
  expect_index(clause.judged, clause.table, columns, other_key, constraint.location());
}

void add_column(const Clause& clause) {
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

void drop_column(const Clause& clause) {
  const int place = clause.place_of(clause.column());
  clause.accuse("drop-column", place, {{"column", postgres_ident(clause.column())}});
  if (clause.command.text("behavior") == "DROP_CASCADE")
    clause.accuse("cascade", clause.judged.locate("cascade", place),
                  {{"statement", clause.judged.without_word("cascade")}});
  clause.judged.world.change(clause.table).columns.erase(clause.column());
}

void drop_constraint(const Clause& clause) {
  if (clause.command.text("behavior") == "DROP_CASCADE")
    clause.accuse("cascade", clause.judged.locate("cascade", clause.place),
                  {{"statement", clause.judged.without_word("cascade")}});
  auto& checks = clause.judged.world.change(clause.table).checks;
  checks.erase(std::remove_if(checks.begin(), checks.end(),
                              [&](const CheckFacts& check) { return check.name == clause.column(); }),
               checks.end());
}

void set_not_null(const Clause& clause) {
  World& world = clause.judged.world;
  const int server = world.facts().server;
  const bool believed = world.never_null(clause.table, clause.column()) && (server == 0 || server >= kNotNullByCheck);
  if (!believed)
    clause.accuse("set-not-null", clause.place_of(clause.column()), {{"column", postgres_ident(clause.column())}});
  world.change(clause.table).not_null.insert(clause.column());
}

void drop_not_null(const Clause& clause) { clause.judged.world.change(clause.table).not_null.erase(clause.column()); }

// USING that says no more than the cast which would be made anyway.
bool plain_using(const Node& column, const std::string& name) {
  const Node expression = column["raw_default"];
  if (!expression) return true;
  const Node cast = expression.as("TypeCast");
  const Node reference = (cast ? cast["arg"] : expression).as("ColumnRef");
  return names_of(reference.list("fields")) == std::vector<std::string>{name} &&
         (!cast || catalog_type(cast["typeName"]) == catalog_type(column["typeName"]));
}

void alter_type(const Clause& clause) {
  const Node column = clause.definition();
  World& world = clause.judged.world;
  const std::string from = world.type_of(clause.table, clause.column());
  const std::string to = catalog_type(column["typeName"]);
  const bool kept = !from.empty() && !column["collClause"] && plain_using(column, clause.column()) &&
                    same_on_disk(from, to, world.facts().utc);
  if (!kept && !clause.is_new) {
    Finding& finding = clause.judged.accuse("alter-type", clause.table, column["typeName"].location(),
                                            {{"column", postgres_ident(clause.column())}, {"type", to}});
    const std::string change = cat(clause.column(), " is ", from.empty() ? "of a type that is not known here" : from);
    finding.fact = finding.fact.empty() ? change : cat(finding.fact, "; ", change);
  }
  world.change(clause.table).columns[clause.column()] = to;
}

void add_constraint(const Clause& clause) {
  const Node constraint = clause.definition();
  const std::string kind = constraint.text("contype");
  if (kind == "CONSTR_CHECK") judge_check(clause, constraint, false);
  if (kind == "CONSTR_FOREIGN") judge_foreign_key(clause, constraint, {}, true);
  if (kind == "CONSTR_EXCLUSION") clause.accuse("add-exclusion", constraint.location());
  if (kind != "CONSTR_UNIQUE" && kind != "CONSTR_PRIMARY") return;
  constraint.text("indexname").empty() ? judge_unique(clause, constraint, {}) : judge_taken_index(clause, constraint);
}

void validate(const Clause& clause) {
  if (clause.judged.transaction && clause.judged.held->altered.count(clause.table) > 0)
    clause.accuse("validate-in-transaction", clause.place_of(clause.column()),
                  {{"constraint", postgres_ident(clause.column())}});
  for (CheckFacts& check : clause.judged.world.change(clause.table).checks) {
    if (check.name == clause.column()) check.validated = true;
  }
}

// A validated CHECK over the partition key is taken to say what the bounds say.
void attach(const Clause& clause) {
  World& world = clause.judged.world;
  const Node partition = clause.definition()["name"];
  const std::string key = world.key(partition);
  const TableFacts *parent = world.table(clause.table), *child = world.table(key);
  const std::vector<std::string> columns = parent == nullptr ? std::vector<std::string>() : parent->partition_key;
  const bool checked =
      child != nullptr && std::any_of(child->checks.begin(), child->checks.end(), [&](const auto& check) {
        return check.validated && std::all_of(columns.begin(), columns.end(), [&](const std::string& column) {
                 return column.empty() || check.columns.count(column) > 0;
               });
      });
  const bool empty = child != nullptr && child->bytes == 0 && !child->partitioned;
  if (world.is_new(key) || checked || empty) return;
  clause.judged.accuse("attach-partition", key, partition.location(),
                       {{"other", shown_key(key)},
                        {"column", columns.empty() ? "column" : postgres_ident(columns.front())},
                        {"statement", clause.judged.text()}});
}

void detach(const Clause& clause) {
  const Node command = clause.definition();
  const std::string key = clause.judged.world.key(command["name"]);
  const int place = command["name"].location();
  if (!command.flag("concurrent")) return clause.accuse("detach-partition", place, {{"other", shown_key(key)}});
  if (clause.judged.transaction)
    clause.accuse("concurrently-in-transaction", place, {{"statement", clause.judged.text()}});
}

void rewrite_all(const Clause& clause) { clause.accuse("table-rewrite", clause.place); }
void disable_trigger(const Clause& clause) {
  clause.accuse("disable-trigger", clause.judged.locate("disable", clause.place));
}
void disable_security(const Clause& clause) {
  clause.accuse("disable-row-security", clause.judged.locate("disable", clause.place));
}
void set_expression(const Clause& clause) {
  clause.accuse("add-column-rewrite", clause.place_of(clause.column()), {{"column", postgres_ident(clause.column())}});
}
void nothing(const Clause&) {}

enum class Lock : std::uint8_t { kNone, kWriters, kAll };  // until the end of the transaction

struct ClauseRow {
  const char* subtype;
  void (*judge)(const Clause&);
  Lock lock;
};

// A subtype that is not here has no rule, and ACCESS EXCLUSIVE.
constexpr ClauseRow kClauses[] = {
    {"AT_AddColumn", add_column, Lock::kAll},
    {"AT_DropColumn", drop_column, Lock::kAll},
    {"AT_AlterColumnType", alter_type, Lock::kAll},
    {"AT_SetNotNull", set_not_null, Lock::kAll},
    {"AT_DropNotNull", drop_not_null, Lock::kAll},
    {"AT_SetExpression", set_expression, Lock::kAll},
    {"AT_AddConstraint", add_constraint, Lock::kAll},
    {"AT_DropConstraint", drop_constraint, Lock::kAll},
    {"AT_ValidateConstraint", validate, Lock::kNone},
    {"AT_SetLogged", rewrite_all, Lock::kAll},
    {"AT_SetUnLogged", rewrite_all, Lock::kAll},
    {"AT_SetTableSpace", rewrite_all, Lock::kAll},
    {"AT_SetAccessMethod", rewrite_all, Lock::kAll},
    {"AT_AttachPartition", attach, Lock::kNone},
    {"AT_DetachPartition", detach, Lock::kAll},
    {"AT_DisableTrig", disable_trigger, Lock::kWriters},
    {"AT_DisableTrigAll", disable_trigger, Lock::kWriters},
    {"AT_DisableTrigUser", disable_trigger, Lock::kWriters},
    {"AT_EnableTrig", nothing, Lock::kWriters},
    {"AT_EnableTrigAll", nothing, Lock::kWriters},
    {"AT_EnableTrigUser", nothing, Lock::kWriters},
    {"AT_DisableRowSecurity", disable_security, Lock::kAll},
    {"AT_SetStatistics", nothing, Lock::kNone},
    {"AT_SetOptions", nothing, Lock::kNone},
    {"AT_ResetOptions", nothing, Lock::kNone},
    {"AT_SetRelOptions", nothing, Lock::kNone},
    {"AT_ResetRelOptions", nothing, Lock::kNone},
    {"AT_ClusterOn", nothing, Lock::kNone},
    {"AT_DropCluster", nothing, Lock::kNone},
};

Lock lock_of(const ClauseRow& row, const Clause& clause) {
  const bool foreign = clause.definition().text("contype") == "CONSTR_FOREIGN";
  const bool concurrent = clause.definition().flag("concurrent");
  return foreign ? Lock::kWriters : concurrent ? Lock::kNone : row.lock;
}

void judge_clause(const Clause& clause) {
  const auto row = std::find_if(std::begin(kClauses), std::end(kClauses), [&](const ClauseRow& candidate) {
    return clause.command.text("subtype") == candidate.subtype;
  });
  const bool known = row != std::end(kClauses);
  if (known) row->judge(clause);
  const Lock lock = known ? lock_of(*row, clause) : Lock::kAll;
  if (lock == Lock::kAll) clause.judged.locks_all(clause.table);
  if (lock == Lock::kWriters) clause.judged.locks_writers(clause.table);
}

}  // namespace

void judge_alter_table(Case& judged, const Node& statement) {
  const std::string kind = statement.text("objtype");
  if (kind != "OBJECT_TABLE" && kind != "OBJECT_MATVIEW") return;
  const std::string table = judged.world.key(statement["relation"]);
  const std::vector<Node> commands = statement.list("cmds");
  const bool is_new = judged.world.is_new(table);
  for (const Node& command : commands) {
    judge_clause(
        {judged, table, command.as("AlterTableCmd"), statement["relation"].location(), is_new, commands.size() == 1});
  }
}

void judge_alter_domain(Case& judged, const Node& statement) {
  const Node constraint = statement["def"].as("Constraint");
  if (statement.text("subtype") != "C" || !constraint || constraint.flag("skip_validation")) return;
  if (constraint.text("contype") != "CONSTR_CHECK") return;
  const auto names = names_of(statement.list("typeName"));
  const std::string domain = names.empty() ? "" : postgres_ident(names.back());
  judged.accuse(
      "add-check", "", constraint.location(),
      {{"statement", cat(judged.text(), " NOT VALID")},
       {"constraint", postgres_ident(constraint.text("conname").empty() ? "check" : constraint.text("conname"))},
       {"kind", "DOMAIN"},
       {"table", domain}});
}

}  // namespace tide
