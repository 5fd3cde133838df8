#include "schema/postgres_replace.h"

#include "base/text.h"
#include "schema/column_types.h"
#include "schema/json_tree.h"
#include "schema/kinds.h"
#include "schema/names.h"
#include "schema/postgres_table.h"

namespace tide {
namespace {

// "CREATE OR REPLACE FUNCTION public.f(a integer DEFAULT 1)\n RETURNS integer": all that REPLACE keeps.
std::string head_of(const SchemaObject& function) {
  const std::string definition = text_of(*function.value, "definition");
  return definition.substr(0, definition.find("\n LANGUAGE "));
}

// The columns of the one are the first ones of the other.
bool extends(const Json& from, const Json& to) {
  const Json::Object &before = members_of(from, kColumns), &after = members_of(to, kColumns);
  if (before.size() > after.size()) return false;
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (before[i].first != after[i].first) return false;
    if (text_of(before[i].second, "type") != text_of(after[i].second, "type")) return false;
    if (text_of(before[i].second, "collation") != text_of(after[i].second, "collation")) return false;
  }
  return true;
}

bool changes_itself(const ObjectChange& change) {
  for (const SchemaChange* one : change.changes) {
    if (one->collection.empty() && one->property != "comment" && one->property != "enabled") return true;
    if (change.to.kind == "views" && one->collection == kColumns && one->property == "default") return true;
  }
  return false;
}

bool is_remade(const ObjectChange& change) {
  const std::string& kind = change.to.kind;
  if (!changes_itself(change)) return false;
  if (kind == "materialized_views" || kind == "event_triggers") return true;
  return (kind == "views" || kind == "functions") && !can_replace(change.from, change.to);
}

class Choice {
 public:
  Choice(const SchemaObjects& from, const SchemaObjects& to, const ObjectChanges& changes, PostgresPhases& phases)
      : from_(from), to_(to), changes_(changes), phases_(phases) {}

  std::set<std::string> run() {
    for (const auto& [key, change] : changes_) {
      if (is_remade(change)) replaced_.insert(key);
      if (change.to.kind == "tables") disturbed_[key] = disturbed_columns(change);
    }
    for (const std::string& key : by_use(from_)) {
      if (to_.count(key) > 0 && replaced_.count(key) == 0) follow(key, from_.at(key));
    }
    return std::move(replaced_);
  }

 private:
  void follow(const std::string& key, const SchemaObject& object) {
    for (const std::string& used : uses_of(object)) {
      if (replaced_.count(used) > 0) return give_way(key, object, used);
      if (is_view(object.kind) && names_disturbed(object, used)) {
        replaced_.insert(key);
        return;
      }
    }
  }

  bool names_disturbed(const SchemaObject& view, const std::string& used) const {
    const auto found = disturbed_.find(used);
    if (found == disturbed_.end()) return false;
    const std::string definition = text_of(*view.value, "definition");
    for (const std::string& column : found->second) {
      if (mentions(definition, column)) return true;
    }
    return false;
  }

  void give_way(const std::string& key, const SchemaObject& object, const std::string& used) {
    if (is_view(object.kind) || object.kind == "functions") {
      replaced_.insert(key);
      return;
    }
    const SchemaObject& needed = from_.at(used);
    phases_.refuse(cat(kind_word(needed.kind), " ", shown_name(needed.name), " has to be dropped and made again, and ",
                       kind_word(object.kind), " ", shown_name(object.name), " uses it"));
  }

  const SchemaObjects& from_;
  const SchemaObjects& to_;
  const ObjectChanges& changes_;
  PostgresPhases& phases_;
  std::set<std::string> replaced_;
  std::map<std::string, std::set<std::string>> disturbed_;
};

}  // namespace

bool can_replace(const SchemaObject& from, const SchemaObject& to) {
  if (to.kind == "views") return extends(*from.value, *to.value);
  if (text_of(*from.value, "type") != text_of(*to.value, "type")) return false;
  return text_of(*to.value, "type") != "aggregate" && head_of(from) == head_of(to);
}

std::set<std::string> choose_replaced(const SchemaObjects& from, const SchemaObjects& to, const ObjectChanges& changes,
                                      PostgresPhases& phases) {
  return Choice(from, to, changes, phases).run();
}

}  // namespace tide
