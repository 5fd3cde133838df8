#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "lint/lint.h"
#include "lint/tree.h"
#include "lint/world.h"

namespace tide {

// What the open transaction holds. Outside of one every statement has its own.
struct HeldTransaction {
  std::map<std::string, std::string> exclusive;  // tables under ACCESS EXCLUSIVE that others use -> how they are shown
  std::set<std::string> altered;                 // tables under any lock that keeps writers out
  std::set<std::string> enum_values;             // added, and not to be used yet
};

// A foreign key that has to have an index when all is done.
struct PendingForeignKey {
  std::string table;
  std::vector<std::string> columns;
  Finding finding;
};

// One statement before the rules: what they may ask, and where they say what they found.
class Case {
 public:
  Case(const LintUnit& in_unit, const LintStatement& of, World& in_world, const LintOptions& with,
       std::vector<Finding>& found)
      : unit(in_unit), statement(of), world(in_world), options(with), findings_(found) {}

  const LintUnit& unit;
  const LintStatement& statement;
  World& world;
  const LintOptions& options;
  bool transaction = true;  // inside of one
  bool several = false;     // others stand in its unit too
  HeldTransaction* held = nullptr;
  std::vector<PendingForeignKey>* foreign_keys = nullptr;

  // `table` is a key, or "" when the finding is about none. `location` is a byte offset in the statement, -1 = its
  // beginning.
  Finding& accuse(const std::string& rule, const std::string& table, int location, RuleValues values = {});
  // The finding without saying it.
  Finding find(const std::string& rule, const std::string& table, int location, RuleValues values) const;

  // Of a name that the tree keeps without its place: where it stands behind the byte `from`, else `from`.
  int locate(const std::string& name, int from) const;
  // The statement with `insert` behind the first word `keyword`; for CREATE INDEX -> CREATE INDEX CONCURRENTLY.
  std::string with_word(const std::string& keyword, const std::string& insert) const;
  std::string without_word(const std::string& word) const;
  std::string text() const;  // without white space and semicolon at its ends

  // The table is locked against everybody (ACCESS EXCLUSIVE), or against writers, until the transaction ends.
  void locks_all(const std::string& table) const;
  void locks_writers(const std::string& table) const;

 private:
  std::vector<Finding>& findings_;
};

// What is known of a table's size: "about 12,000,000 rows, 3.1 GB"; "" when nothing is.
std::string size_text(const TableFacts* table);
// With `rows` = 0 sizes say nothing, and no table is small or empty.
bool is_small(const TableFacts* table, double rows);
bool is_empty(const TableFacts* table, double rows);

using Judge = void (*)(Case& judged, const Node& statement);
// By the tag of the statement's node; nullptr for what no rule is about.
Judge judge_of(const std::string& tag);

void judge_alter_table(Case& judged, const Node& statement);
void judge_create_table(Case& judged, const Node& statement);
void judge_create_index(Case& judged, const Node& statement);
void judge_drop(Case& judged, const Node& statement);
void judge_truncate(Case& judged, const Node& statement);
void judge_rename(Case& judged, const Node& statement);
void judge_set_schema(Case& judged, const Node& statement);
void judge_alter_domain(Case& judged, const Node& statement);

// Rules about all statements: changes of rows wherever they stand in it, locks and constants.
void judge_changes(Case& judged, const Node& statement);
void judge_enum_use(Case& judged, const Node& statement);

// In a unit without a transaction: what has no IF [NOT] EXISTS and could have one.
void judge_repetition(Case& judged, const Node& statement);

// Of a column that is made, with the table or later.
void judge_column_type(Case& judged, const std::string& table, const Node& column);
// "varchar(20)" -> "character varying(20)": as the catalog has it.
std::string catalog_type(const Node& type_name);
// Whether a column of type `from` becomes one of type `to` without being written anew.
bool same_on_disk(const std::string& from, const std::string& to, bool utc);
void expect_index(Case& judged, const std::string& table, const std::vector<std::string>& columns,
                  const std::string& other, int location);

}  // namespace tide
