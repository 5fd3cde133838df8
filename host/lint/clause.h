#pragma once

#include <string>
#include <vector>

#include "lint/judge.h"

namespace tide {

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

// The clauses that have much to say; the others stand beside the table in judge_alter.cpp.
void judge_add_column(const Clause& clause);
void judge_add_constraint(const Clause& clause);
void judge_drop_constraint(const Clause& clause);
void judge_validate(const Clause& clause);

// Constraints as they stand behind a column too; `columns` is that column then, else empty.
void judge_check(const Clause& clause, const Node& constraint, bool inside_column);
void judge_unique(const Clause& clause, const Node& constraint, std::vector<std::string> columns);
// `looked_up`: whether the server has rows to look up.
void judge_foreign_key(const Clause& clause, const Node& constraint, std::vector<std::string> columns, bool looked_up);

}  // namespace tide
