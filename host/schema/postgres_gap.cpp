#include "schema/postgres_gap.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "db/postgres_encode.h"
#include "schema/diff.h"
#include "schema/json_tree.h"
#include "schema/kinds.h"
#include "schema/names.h"
#include "schema/postgres_alter.h"
#include "schema/postgres_ddl.h"
#include "schema/postgres_parts.h"
#include "schema/postgres_phases.h"
#include "schema/postgres_replace.h"
#include "schema/postgres_table.h"

namespace tide {
namespace {

class PostgresGap {
 public:
  PostgresGap(const Json& from, const Json& to)
      : from_(objects_of(from)), to_(objects_of(to)), changes_(diff_snapshots(from, to)), parts_(phases_) {
    for (const auto& [key, object] : to_) {
      for (const auto& [name, index] : members_of(*object.value, "indexes")) {
        index_names_.insert(name_beside(object.name, name));
      }
    }
    for (const SchemaChange& one : changes_) {
      const std::string key = object_key(one.kind, one.object);
      if (from_.count(key) + to_.count(key) < 2) continue;
      ObjectChange& change = altered_[key];
      change.from = from_.at(key);
      change.to = to_.at(key);
      refuse_grants(one);
      if (one.property != "owner" && one.property != "grants") change.changes.push_back(&one);
    }
  }

  Gap run() {
    replaced_ = choose_replaced(from_, to_, altered_, phases_);
    for (const std::string& key : by_use(to_)) build(key, to_.at(key));
    std::vector<std::string> order = by_use(from_);
    std::reverse(order.begin(), order.end());
    for (const std::string& key : order) drop(key, from_.at(key), order);
    remake_foreign_keys();
    return phases_.take();
  }

 private:
  bool is_new(const std::string& key) const { return from_.count(key) == 0; }
  bool is_gone(const std::string& key) const { return to_.count(key) == 0; }

  void refuse_grants(const SchemaChange& one) {
    if (one.property != "owner" && one.property != "grants") return;
    phases_.refuse(cat(kind_word(one.kind), " ", shown_name(one.object), ": its ", one.property, " are not written"));
  }

  void build(const std::string& key, const SchemaObject& object) {
    if (is_new(key) || replaced_.count(key) > 0) return create(object);
    const auto found = altered_.find(key);
    if (found == altered_.end()) return;
    allow_any_body(object);
    refuse_move(found->second);
    object.kind == "tables" ? alter_table(found->second, phases_, parts_)
                            : alter_object(found->second, phases_, parts_);
    parts_.apply(found->second);
  }

  // While a partition is out of its table it does not follow that table's alterations.
  void refuse_move(const ObjectChange& change) {
    const bool moved = std::any_of(change.changes.begin(), change.changes.end(), [](const SchemaChange* one) {
      return one->property == "bound" || one->property == "partition_of";
    });
    if (!moved) return;
    const std::string parent = text_of(*change.to.value, "partition_of");
    const auto found = altered_.find(object_key("tables", parent));
    if (found == altered_.end()) return;
    for (const SchemaChange* one : found->second.changes) {
      if (one->collection != kColumns && one->collection != "constraints") continue;
      return phases_.refuse(cat("table ", shown_name(change.to.name), " is to be another part of ", shown_name(parent),
                                ", whose columns or constraints change as well: one after the other"));
    }
  }

  void create(const SchemaObject& object) {
    const std::string sql = create_sql(object);
    if (sql.empty()) {
      return phases_.refuse(cat(kind_word(object.kind), " ", shown_name(object.name), " cannot be written"));
    }
    allow_any_body(object);
    phases_.add(phase_to_create(object), sql);
    if (object.kind == "tables") finish_table(object);
    const std::string owner = text_of(*object.value, "owned_by"), enabled = text_of(*object.value, "enabled");
    if (!owner.empty()) phases_.add(Phase::kIndexes, cat("ALTER SEQUENCE ", object.name, " OWNED BY ", owner));
    if (!enabled.empty() && enabled != "enabled") phases_.add(Phase::kFinish, enabled_sql(object, "", "", enabled));
    parts_.create_all(object);
  }

  static Phase phase_to_create(const SchemaObject& object) {
    if (object.kind == "schemas") return Phase::kSchemas;
    return object.kind == "extensions" ? Phase::kPrepare : Phase::kBuild;
  }

  // A function's body may name what is made later.
  void allow_any_body(const SchemaObject& object) {
    if (object.kind != "functions" || unchecked_) return;
    phases_.add(Phase::kPrepare, "SET LOCAL check_function_bodies = off");
    unchecked_ = true;
  }

  void finish_table(const SchemaObject& table) {
    const Json& value = *table.value;
    const std::string head = cat("ALTER TABLE ", table.name, " ");
    if (flag_of(value, "row_security")) phases_.add(Phase::kFinish, cat(head, "ENABLE ROW LEVEL SECURITY"));
    if (flag_of(value, "row_security_forced")) phases_.add(Phase::kFinish, cat(head, "FORCE ROW LEVEL SECURITY"));
    const std::string identity = text_of(value, "replica_identity");
    if (!identity.empty() && identity != "index") phases_.add(Phase::kFinish, cat(head, "REPLICA IDENTITY ", identity));
    for (const auto& [name, column] : members_of(value, kColumns)) {
      const std::string storage = text_of(column, "storage");
      if (storage.empty() || flag_of(column, "inherited")) continue;
      phases_.add(Phase::kBuild, cat(head, "ALTER COLUMN ", postgres_ident(name), " SET STORAGE ", storage));
    }
  }

  void drop(const std::string& key, const SchemaObject& object, const std::vector<std::string>& order) {
    if (replaced_.count(key) > 0) {
      const bool bound = object.kind != "event_triggers";
      return phases_.add(bound ? Phase::kDropDependents : Phase::kLoosen, drop_sql(object), "",
                         bound ? cat("privileges on ", shown_name(object.name), " have to be granted again") : "");
    }
    if (!is_gone(key) || goes_with_owner(object)) return;
    if (object.kind == "tables") unbind(key, object, order);
    phases_.add(phase_to_drop(object), drop_sql(object), loss_of(object));
  }

  // A sequence goes with the column that owns it.
  bool goes_with_owner(const SchemaObject& object) const {
    const std::string owner = text_of(*object.value, "owned_by");
    if (owner.empty()) return false;
    for (const auto& [key, table] : from_) {
      if (table.kind != "tables" || !starts_with(owner, table.name + ".")) continue;
      if (is_gone(key)) return true;
      const std::string column = unquoted(owner.substr(table.name.size() + 1));
      return to_.at(key).value->find(kColumns)->find(column) == nullptr;
    }
    return false;
  }

  // A foreign key to a table that is dropped earlier, or altered, is in its way.
  void unbind(const std::string& key, const SchemaObject& table, const std::vector<std::string>& order) {
    const auto position = [&](const std::string& sought) { return std::find(order.begin(), order.end(), sought); };
    for (const auto& [name, constraint] : members_of(*table.value, "constraints")) {
      const std::string other = object_key("tables", text_of(constraint, "references"));
      if (flag_of(constraint, "inherited") || from_.count(other) == 0) continue;
      const bool in_the_way = is_gone(other) ? position(other) < position(key) : altered_.count(other) > 0;
      if (in_the_way) phases_.add(Phase::kUnbind, drop_part_sql(table, "constraints", name));
    }
  }

  Phase phase_to_drop(const SchemaObject& object) const {
    if (object.kind == "event_triggers") return Phase::kLoosen;
    if (object.kind == "schemas") return Phase::kDropSchemas;
    if (object.kind == "extensions") return Phase::kDropExtensions;
    const bool free = object.kind == "functions" && !is_used_by_table(object_key(object.kind, object.name));
    return is_view(object.kind) || free || name_is_taken(object) ? Phase::kDropDependents : Phase::kDrop;
  }

  bool is_used_by_table(const std::string& function) const {
    return std::any_of(from_.begin(), from_.end(), [&](const auto& entry) {
      const std::vector<std::string> uses = uses_of(entry.second);
      const bool holds = entry.second.kind == "tables" || entry.second.kind == "domains";
      return holds && std::find(uses.begin(), uses.end(), function) != uses.end();
    });
  }

  // By something else that is to have this name, or that of one of its indexes.
  bool name_is_taken(const SchemaObject& object) const {
    for (const SchemaKind& kind : schema_kinds()) {
      const std::string key = object_key(kind.name, object.name);
      if (!kind.part && kind.name != object.kind && to_.count(key) > 0 && is_new(key)) return true;
    }
    const Json::Object& indexes = members_of(*object.value, "indexes");
    return std::any_of(indexes.begin(), indexes.end(), [&](const auto& index) {
      return index_names_.count(name_beside(object.name, index.first)) > 0;
    });
  }

  static std::string loss_of(const SchemaObject& object) {
    if (object.kind == "tables") return cat("the rows of ", shown_name(object.name));
    return object.kind == "sequences" ? cat("the counter of ", shown_name(object.name)) : "";
  }

  // A foreign key stands in the way of the key that it refers to, and of other types for its columns.
  void remake_foreign_keys() {
    const auto keys = replaced_keys();
    for (const auto& [key, table] : from_) {
      if (table.kind != "tables" || is_gone(key)) continue;
      const std::set<std::string> own = retyped(key);
      for (const auto& [name, constraint] : members_of(*table.value, "constraints")) {
        if (text_of(constraint, "type") != "foreign key" || is_changed(key, name)) continue;
        const std::string other = object_key("tables", text_of(constraint, "references"));
        const bool in_the_way = keys.count(other) > 0 || touches(constraint, "columns", own) ||
                                touches(constraint, "referenced_columns", retyped(other));
        if (in_the_way) parts_.remake(table, to_.at(key), "constraints", name);
      }
    }
  }

  // Tables of which a primary key or unique constraint or index is dropped.
  std::set<std::string> replaced_keys() const {
    std::set<std::string> keys;
    for (const auto& [key, change] : altered_) {
      for (const SchemaChange* one : change.changes) {
        if (one->how == SchemaChange::How::kOnlyInB || one->property == "comment") continue;
        if (one->collection != "constraints" && one->collection != "indexes") continue;
        const Json* part = change.from.value->find(one->collection)->find(one->part);
        const std::string type = text_of(*part, "type");
        if (flag_of(*part, "unique") || type == "primary key" || type == "unique") keys.insert(key);
      }
    }
    return keys;
  }

  std::set<std::string> retyped(const std::string& key) const {
    const auto found = altered_.find(key);
    return found == altered_.end() ? std::set<std::string>() : retyped_columns(found->second);
  }

  static bool touches(const Json& constraint, const char* list, const std::set<std::string>& columns) {
    const Json::List& names = list_of(constraint, list);
    return std::any_of(names.begin(), names.end(), [&](const Json& name) { return columns.count(text_of(name)) > 0; });
  }

  bool is_changed(const std::string& key, const std::string& constraint) const {
    const auto found = altered_.find(key);
    if (found == altered_.end()) return false;
    const auto& changes = found->second.changes;
    return std::any_of(changes.begin(), changes.end(), [&](const SchemaChange* one) {
      return one->collection == "constraints" && one->part == constraint && one->property != "comment";
    });
  }

  SchemaObjects from_;
  SchemaObjects to_;
  std::vector<SchemaChange> changes_;
  ObjectChanges altered_;
  std::set<std::string> replaced_;
  std::set<std::string> index_names_;  // that are to be
  PostgresPhases phases_;
  PostgresParts parts_;
  bool unchecked_ = false;
};

}  // namespace

Gap plan_postgres_gap(const Json& from, const Json& to) { return PostgresGap(from, to).run(); }

}  // namespace tide
