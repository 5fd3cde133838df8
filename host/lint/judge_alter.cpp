#include <algorithm>
#include <string>

#include "base/text.h"
#include "db/postgres_encode.h"
#include "lint/clause.h"

namespace tide {
namespace {

constexpr int kNotNullByCheck = 120000;  // SET NOT NULL believes a validated CHECK from 12 on

void drop_column(const Clause& clause) {
  const int place = clause.place_of(clause.column());
  clause.accuse("drop-column", place, {{"column", postgres_ident(clause.column())}});
  if (clause.command.text("behavior") == "DROP_CASCADE")
    clause.accuse("cascade", clause.judged.locate("cascade", place),
                  {{"statement", clause.judged.without_word("cascade")}});
  clause.judged.world.change(clause.table).columns.erase(clause.column());
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
  if (world.is_new(key) || checked || is_empty(child, clause.judged.options.small_rows)) return;
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
    {"AT_AddColumn", judge_add_column, Lock::kAll},
    {"AT_DropColumn", drop_column, Lock::kAll},
    {"AT_AlterColumnType", alter_type, Lock::kAll},
    {"AT_SetNotNull", set_not_null, Lock::kAll},
    {"AT_DropNotNull", drop_not_null, Lock::kAll},
    {"AT_SetExpression", set_expression, Lock::kAll},
    {"AT_AddConstraint", judge_add_constraint, Lock::kAll},
    {"AT_DropConstraint", judge_drop_constraint, Lock::kAll},
    {"AT_ValidateConstraint", judge_validate, Lock::kNone},
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
