#include "schema/sqlite_gap.h"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "base/text.h"
#include "db/sqlite_copy.h"
#include "db/sqlite_literal.h"
#include "schema/diff.h"
#include "schema/json_tree.h"
#include "schema/kinds.h"
#include "schema/objects.h"
#include "schema/sqlite_table.h"
#include "tide/value.h"

namespace tide {
namespace {

using How = SchemaChange::How;

constexpr const char* kNewPrefix = "tide_new_";

// ALTER TABLE ADD COLUMN takes what is NULL or a constant in the rows that are there.
bool can_be_added(const Json& column) {
  if (!text_of(column, "generated").empty()) return text_of(column, "generation") == "virtual";
  const std::string otherwise = text_of(column, "default");
  if (otherwise.empty()) return !flag_of(column, "not_null");
  const std::string upper = lower(otherwise);
  const bool clock = starts_with(upper, "current_");
  return otherwise.front() != '(' && !clock && upper != "null";
}

std::string column_sql(const std::string& name, const Json& column) {
  const std::string type = text_of(column, "type"), collation = text_of(column, "collation");
  const std::string otherwise = text_of(column, "default"), generated = text_of(column, "generated");
  return cat(sqlite_ident(name), type.empty() ? "" : cat(" ", type),
             collation.empty() ? "" : cat(" COLLATE ", collation), otherwise.empty() ? "" : cat(" DEFAULT ", otherwise),
             generated.empty() ? "" : cat(" GENERATED ALWAYS AS (", generated, ") VIRTUAL"),
             flag_of(column, "not_null") ? " NOT NULL" : "");
}

struct Fate {
  std::vector<std::string> added;  // columns, when nothing else changes
  bool rebuilt = false;
};

class SqliteGap {
 public:
  SqliteGap(const Json& from, const Json& to)
      : from_(objects_of(from)), to_(objects_of(to)), changes_(diff_snapshots(from, to)) {}

  Gap run() {
    for (const SchemaChange& one : changes_) note(one);
    drop_what_hangs_on();
    for (const auto& [key, object] : from_) {
      if (to_.count(key) == 0 && object.kind != "views") drop(object);
    }
    for (const auto& [name, fate] : fates_) alter(name, fate);
    for (const auto& [key, object] : to_) {
      if (from_.count(key) == 0 && object.kind != "views") create(object);
    }
    make_what_hangs_on();
    switch_foreign_keys_off();
    return std::move(gap_);
  }

 private:
  void add(std::string sql, std::string loss = "") { gap_.statements.push_back({std::move(sql), std::move(loss), ""}); }

  void note(const SchemaChange& one) {
    if (one.how != How::kDiffers && one.collection.empty()) return;
    if (one.kind == "virtual_tables") {
      gap_.unwritten.push_back(
          cat("virtual table ", one.object, " cannot be altered: its module decides what it holds"));
    }
    if (one.kind == "views" && one.collection.empty() && one.property == "definition")
      replaced_views_.insert(one.object);
    if (one.collection == "indexes" || one.collection == "triggers") changed_parts_.push_back(&one);
    if (one.kind != "tables" || one.collection == "indexes" || one.collection == "triggers") return;
    Fate& fate = fates_[one.object];
    const bool addable = one.collection == kColumns && one.how == How::kOnlyInB && can_be_added(*one.b) && is_last(one);
    addable ? fate.added.push_back(one.part) : static_cast<void>(fate.rebuilt = true);
  }

  // Columns keep the order of the table that is wanted where that costs nothing.
  bool is_last(const SchemaChange& one) const {
    const Json::Object& columns = members_of(*object(to_, one.object).value, kColumns);
    const Json::Object& before = members_of(*object(from_, one.object).value, kColumns);
    const auto at =
        std::find_if(columns.begin(), columns.end(), [&](const auto& column) { return column.first == one.part; });
    return static_cast<std::size_t>(at - columns.begin()) >= before.size();
  }

  static const SchemaObject& object(const SchemaObjects& objects, const std::string& table) {
    return objects.at(object_key("tables", table));
  }

  bool is_rebuilt(const std::string& table) const {
    const auto found = fates_.find(table);
    return found != fates_.end() && found->second.rebuilt;
  }

  void drop_what_hangs_on() {
    for (const auto& [key, object] : from_) {
      if (object.kind == "views" && (to_.count(key) == 0 || replaced_views_.count(object.name) > 0)) {
        add(cat("DROP VIEW ", sqlite_ident(object.name)));
      }
    }
    for (const SchemaChange* one : changed_parts_) {
      if (one->how == How::kOnlyInB || replaced_views_.count(one->object) > 0) continue;
      add(cat("DROP ", one->collection == "indexes" ? "INDEX " : "TRIGGER ", sqlite_ident(one->part)));
    }
  }

  void alter(const std::string& name, const Fate& fate) {
    if (fate.rebuilt) return rebuild(name);
    const Json::Object& columns = members_of(*object(to_, name).value, kColumns);
    for (const auto& [column, value] : columns) {
      if (std::find(fate.added.begin(), fate.added.end(), column) == fate.added.end()) continue;
      add(cat("ALTER TABLE ", sqlite_ident(name), " ADD COLUMN ", column_sql(column, value)));
    }
  }

  void rebuild(const std::string& name) {
    rebuilds_ = true;
    const Json &before = *object(from_, name).value, &after = *object(to_, name).value;
    const std::string made = cat(kNewPrefix, name), quoted = sqlite_ident(made);
    add(renamed_sqlite_table(text_of(after, "sql"), made));
    const std::string kept = kept_columns(before, after);
    if (!kept.empty()) {
      add(cat("INSERT INTO ", quoted, " (", kept, ") SELECT ", kept, " FROM ", sqlite_ident(name)),
          losses_of(name, before, after));
    }
    if (flag_of(before, "autoincrement") && flag_of(after, "autoincrement")) {
      const std::string old_text = sqlite_literal(Value(name)), new_text = sqlite_literal(Value(made));
      add(cat("DELETE FROM sqlite_sequence WHERE name = ", new_text));
      add(cat("UPDATE sqlite_sequence SET name = ", new_text, " WHERE name = ", old_text));
    }
    add(cat("DROP TABLE ", sqlite_ident(name)));
    add(cat("ALTER TABLE ", quoted, " RENAME TO ", sqlite_ident(name)));
    make_parts(object(to_, name));
  }

  static std::string kept_columns(const Json& before, const Json& after) {
    std::vector<std::string> kept;
    const Json* old_columns = before.find(kColumns);
    for (const auto& [name, column] : members_of(after, kColumns)) {
      const Json* old_column = old_columns->find(name);
      if (old_column != nullptr && column.find("generated") == nullptr) kept.push_back(sqlite_ident(name));
    }
    return join(kept, ", ");
  }

  static std::string losses_of(const std::string& table, const Json& before, const Json& after) {
    std::vector<std::string> losses;
    for (const auto& [name, column] : members_of(before, kColumns)) {
      if (after.find(kColumns)->find(name) == nullptr && column.find("generated") == nullptr) {
        losses.push_back(cat("what stands in ", table, ".", name));
      }
    }
    return join(losses, ", ");
  }

  void create(const SchemaObject& object) {
    add(text_of(*object.value, object.kind == "tables" ? "sql" : "definition"));
    make_parts(object);
  }

  // Indexes at once; triggers and views may name tables that are made later.
  void make_parts(const SchemaObject& object) {
    for (const auto& [name, index] : members_of(*object.value, "indexes")) add(text_of(index, "definition"));
    for (const auto& [name, trigger] : members_of(*object.value, "triggers"))
      triggers_.push_back(text_of(trigger, "definition"));
  }

  void make_what_hangs_on() {
    for (const auto& [key, object] : to_) {
      if (object.kind != "views" || (from_.count(key) > 0 && replaced_views_.count(object.name) == 0)) continue;
      create(object);
    }
    for (const SchemaChange* one : changed_parts_) {
      if (one->how == How::kOnlyInA || is_rebuilt(one->object) || replaced_views_.count(one->object) > 0) continue;
      const SchemaObject& owner = to_.at(object_key(one->kind, one->object));
      add(text_of(*owner.value->find(one->collection)->find(one->part), "definition"));
    }
    for (const std::string& trigger : triggers_) add(trigger);
  }

  void drop(const SchemaObject& object) {
    rebuilds_ = true;
    add(cat("DROP TABLE ", sqlite_ident(object.name)), cat("the rows of ", object.name));
  }

  // With them on, DROP TABLE deletes rows of other tables (ON DELETE CASCADE) or refuses.
  void switch_foreign_keys_off() {
    if (!rebuilds_) return;
    gap_.before = {{"PRAGMA foreign_keys = OFF", "", ""}, {"PRAGMA legacy_alter_table = ON", "", ""}};
    gap_.after = {{"PRAGMA legacy_alter_table = OFF", "", ""}, {"PRAGMA foreign_keys = ON", "", ""}};
    gap_.check_foreign_keys = true;
  }

  SchemaObjects from_;
  SchemaObjects to_;
  std::vector<SchemaChange> changes_;
  std::map<std::string, Fate> fates_;
  std::set<std::string> replaced_views_;
  std::vector<const SchemaChange*> changed_parts_;
  std::vector<std::string> triggers_;
  bool rebuilds_ = false;
  Gap gap_;
};

}  // namespace

Gap plan_sqlite_gap(const Json& from, const Json& to) { return SqliteGap(from, to).run(); }

}  // namespace tide
