#include <algorithm>

#include "base/text.h"
#include "db/postgres_encode.h"
#include "lint/clause.h"

namespace tide {
namespace {

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

}  // namespace

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

void judge_add_constraint(const Clause& clause) {
  const Node constraint = clause.definition();
  const std::string kind = constraint.text("contype");
  if (kind == "CONSTR_CHECK") judge_check(clause, constraint, false);
  if (kind == "CONSTR_FOREIGN") judge_foreign_key(clause, constraint, {}, true);
  if (kind == "CONSTR_EXCLUSION") clause.accuse("add-exclusion", constraint.location());
  if (kind != "CONSTR_UNIQUE" && kind != "CONSTR_PRIMARY") return;
  constraint.text("indexname").empty() ? judge_unique(clause, constraint, {}) : judge_taken_index(clause, constraint);
}

void judge_drop_constraint(const Clause& clause) {
  if (clause.command.text("behavior") == "DROP_CASCADE")
    clause.accuse("cascade", clause.judged.locate("cascade", clause.place),
                  {{"statement", clause.judged.without_word("cascade")}});
  auto& checks = clause.judged.world.change(clause.table).checks;
  checks.erase(std::remove_if(checks.begin(), checks.end(),
                              [&](const CheckFacts& check) { return check.name == clause.column(); }),
               checks.end());
}

void judge_validate(const Clause& clause) {
  if (clause.judged.transaction && clause.judged.held->altered.count(clause.table) > 0)
    clause.accuse("validate-in-transaction", clause.place_of(clause.column()),
                  {{"constraint", postgres_ident(clause.column())}});
  for (CheckFacts& check : clause.judged.world.change(clause.table).checks) {
    if (check.name == clause.column()) check.validated = true;
  }
}

}  // namespace tide
