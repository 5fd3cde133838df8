#include "schema/postgres_table.h"

#include <map>
#include <vector>

#include "base/text.h"
#include "db/postgres_encode.h"
#include "schema/column_types.h"
#include "schema/json_tree.h"
#include "schema/kinds.h"
#include "schema/names.h"
#include "schema/postgres_ddl.h"

namespace tide {
namespace {

using How = SchemaChange::How;
using Changed = std::map<std::string, const SchemaChange*>;  // by property

bool is_on(const SchemaChange& change) { return change.b != nullptr && dump_json(*change.b) == "true"; }
std::string new_text(const SchemaChange& change) { return change.b != nullptr ? text_of(*change.b) : ""; }

bool is_column(const SchemaChange& change) { return change.collection == kColumns; }

// What makes a column another one: it is dropped and added.
bool generated_anew(const SchemaChange& change) {
  return (change.property == "generated" && change.b != nullptr) ||
         (change.property == "generation" && change.b != nullptr);
}

class Columns {
 public:
  Columns(const ObjectChange& change, PostgresPhases& phases, PostgresParts& parts)
      : change_(change), table_(change.to.name), phases_(phases), parts_(parts) {}

  void write() {
    std::map<std::string, Changed> changed;
    for (const SchemaChange* one : change_.changes) {
      if (!is_column(*one)) continue;
      if (one->how == How::kOnlyInA) drop(one->part);
      if (one->how == How::kOnlyInB) add(one->part, *one->b);
      if (one->how == How::kDiffers) changed[one->part][one->property] = one;
    }
    for (const auto& [name, properties] : changed) alter(name, properties);
    if (!actions_.empty()) {
      phases_.add(Phase::kBuild, cat("ALTER TABLE ", table_, separator(), join(actions_, cat(",", separator()))),
                  join(losses_, ", "), join(cautions_, "; "));
    }
    for (const std::string& statement : later_) phases_.add(Phase::kBuild, statement);
  }

 private:
  std::string separator() const { return actions_.size() > 1 ? "\n  " : " "; }
  std::string shown(const std::string& name) const { return cat(shown_name(table_), ".", name); }
  const Json& column(const SchemaObject& table, const std::string& name) const {
    return *table.value->find(kColumns)->find(name);
  }

  void drop(const std::string& name) {
    actions_.push_back(cat("DROP COLUMN ", postgres_ident(name)));
    losses_.push_back(cat("what stands in ", shown(name)));
  }

  void add(const std::string& name, const Json& column) {
    actions_.push_back(cat("ADD COLUMN ", column_sql(name, column)));
    if (flag_of(column, "not_null") && !has_value(column)) {
      cautions_.push_back(cat("fails while ", shown_name(table_), " has rows: ", name, " needs a value in them"));
    }
    set_storage(name, column.find("storage"));
    parts_.comment(change_.to, kColumns, name, column.find("comment"));
  }

  static bool has_value(const Json& column) {
    return column.find("default") != nullptr || column.find("generated") != nullptr ||
           column.find("identity") != nullptr;
  }

  void alter(const std::string& name, const Changed& changed) {
    for (const auto& [property, one] : changed) {
      if (generated_anew(*one)) return make_anew(name);
    }
    if (changed.count("comment") > 0) {
      static const Json none;
      const Json* text = changed.at("comment")->b;
      parts_.comment(change_.to, kColumns, name, text != nullptr ? text : &none);
    }
    alter_value(name, changed);
    alter_identity(name, changed);
    if (changed.count("not_null") > 0) {
      act(name, is_on(*changed.at("not_null")) ? "SET NOT NULL" : "DROP NOT NULL");
    }
    if (changed.count("storage") > 0) change_storage(name, changed.at("storage")->b);
  }

  void make_anew(const std::string& name) {
    const Json& before = column(change_.from, name);
    const std::string loss = text_of(before, "generated").empty() ? cat("what stands in ", shown(name)) : "";
    phases_.add(Phase::kBuild, cat("ALTER TABLE ", table_, " DROP COLUMN ", postgres_ident(name)), loss);
    add(name, column(change_.to, name));
  }

  // A default is in the way of its column's new type, and has to be one of it.
  void alter_value(const std::string& name, const Changed& changed) {
    const bool retyped = changed.count("type") + changed.count("collation") > 0;
    const Json &before = column(change_.from, name), &after = column(change_.to, name);
    const std::string old_default = text_of(before, "default"), new_default = text_of(after, "default");
    if (changed.count("generated") > 0) act(name, "DROP EXPRESSION");
    if (!old_default.empty() && (retyped || new_default.empty())) act(name, "DROP DEFAULT");
    if (retyped) retype(name, before, after);
    if (!new_default.empty() && (retyped || new_default != old_default)) act(name, cat("SET DEFAULT ", new_default));
  }

  void retype(const std::string& name, const Json& before, const Json& after) {
    const std::string from = text_of(before, "type"), to = text_of(after, "type");
    const std::string collation = text_of(after, "collation");
    const Conversion way = conversion_of(from, to);
    if (way == Conversion::kUnknown) {
      return phases_.refuse(cat("table ", shown_name(table_), ": how column ", name, " becomes ", shown_type(to),
                                " from ", shown_type(from),
                                " cannot be known: ALTER COLUMN ... TYPE ... USING says it"));
    }
    const std::string conversion = way == Conversion::kCast ? cat(" USING ", postgres_ident(name), "::", to) : "";
    act(name, cat("TYPE ", to, collation.empty() ? "" : cat(" COLLATE ", collation), conversion));
    if (!holds_all(from, to)) losses_.push_back(cat("values of ", shown(name), " that do not fit in ", shown_type(to)));
  }

  void alter_identity(const std::string& name, const Changed& changed) {
    const std::string before = text_of(column(change_.from, name), "identity");
    const Json& after = column(change_.to, name);
    const std::string now = text_of(after, "identity"), options = text_of(after, "identity_options");
    const std::string head = cat("ALTER TABLE ", table_, " ALTER COLUMN ", postgres_ident(name), " ");
    if (now.empty()) {
      // early: its sequence may have the name that another one is to get
      if (!before.empty()) phases_.add(Phase::kLoosen, cat(head, "DROP IDENTITY"));
      return;
    }
    const std::string kind = now == "always" ? "ALWAYS" : "BY DEFAULT";
    if (before.empty()) {
      later_.push_back(
          cat(head, "ADD GENERATED ", kind, " AS IDENTITY", options.empty() ? "" : cat(" (", options, ")")));
      return;
    }
    if (changed.count("identity") > 0) later_.push_back(cat(head, "SET GENERATED ", kind));
    if (changed.count("identity_options") > 0) later_.push_back(cat(head, identity_settings(options)));
  }

  // Every option, so that those which are not named any more are back at their defaults.
  static std::string identity_settings(const std::string& options) {
    const std::string padded = cat(" ", options, " ");
    std::string out;
    for (const auto& [word, otherwise] :
         {std::pair("START WITH", "1"), std::pair("INCREMENT BY", "1"), std::pair("MINVALUE", "1"),
          std::pair("MAXVALUE", ""), std::pair("CACHE", "1")}) {
      const std::string sought = cat(" ", std::string_view(word), " ");
      const std::size_t at = padded.find(sought);
      std::string value = otherwise;
      if (at != std::string::npos)
        value = padded.substr(at + sought.size(), padded.find(' ', at + sought.size()) - at - sought.size());
      out +=
          cat(out.empty() ? "" : " ", "SET ", value.empty() ? "NO MAXVALUE" : cat(std::string_view(word), " ", value));
    }
    return cat(out, padded.find(" CYCLE ") != std::string::npos ? " SET CYCLE" : " SET NO CYCLE");
  }

  void set_storage(const std::string& name, const Json* storage) {
    if (storage == nullptr) return;
    later_.push_back(
        cat("ALTER TABLE ", table_, " ALTER COLUMN ", postgres_ident(name), " SET STORAGE ", text_of(*storage)));
  }

  void change_storage(const std::string& name, const Json* storage) {
    if (storage != nullptr) return set_storage(name, storage);
    phases_.refuse(cat("table ", shown_name(table_), ": the storage of column ", name,
                       " is to be its type's own again, which has no statement before PostgreSQL 16"));
  }

  void act(const std::string& name, const std::string& action) {
    actions_.push_back(cat("ALTER COLUMN ", postgres_ident(name), " ", action));
  }

  const ObjectChange& change_;
  const std::string& table_;
  PostgresPhases& phases_;
  PostgresParts& parts_;
  std::vector<std::string> actions_;
  std::vector<std::string> losses_;
  std::vector<std::string> cautions_;
  std::vector<std::string> later_;
};

std::map<std::string, std::string> options_of(const Json* options) {
  std::map<std::string, std::string> out;
  if (options == nullptr) return out;
  for (const Json& item : std::get<Json::List>(options->data)) {
    const std::string text = text_of(item);
    out[text.substr(0, text.find('='))] = text.substr(text.find('=') + 1);
  }
  return out;
}

void alter_options(const SchemaChange& change, const std::string& head, PostgresPhases& phases) {
  const auto before = options_of(change.a), after = options_of(change.b);
  std::vector<std::string> set, reset;
  for (const auto& [name, value] : after) set.push_back(cat(name, " = ", sql_literal(value)));
  for (const auto& [name, value] : before) {
    if (after.count(name) == 0) reset.push_back(name);
  }
  if (!reset.empty()) phases.add(Phase::kBuild, cat(head, "RESET (", join(reset, ", "), ")"));
  if (!set.empty()) phases.add(Phase::kBuild, cat(head, "SET (", join(set, ", "), ")"));
}

std::set<std::string> names_in(const Json* list) {
  std::set<std::string> names;
  if (list == nullptr) return names;
  for (const Json& name : std::get<Json::List>(list->data)) names.insert(text_of(name));
  return names;
}

void alter_parents(const SchemaChange& change, const std::string& head, PostgresPhases& phases) {
  const auto before = names_in(change.a), after = names_in(change.b);
  for (const std::string& parent : before) {
    if (after.count(parent) == 0) phases.add(Phase::kLoosen, cat(head, "NO INHERIT ", parent));
  }
  for (const std::string& parent : after) {
    if (before.count(parent) == 0) phases.add(Phase::kIndexes, cat(head, "INHERIT ", parent));
  }
}

// A partition with other bounds, or of another table, is taken out and put in again.
void move_partition(const ObjectChange& change, PostgresPhases& phases) {
  const std::string before = text_of(*change.from.value, "partition_of"),
                    after = text_of(*change.to.value, "partition_of");
  if (!before.empty()) {
    // behind what is dropped of the parent, which the partition would keep
    phases.add(Phase::kDropDependents, cat("ALTER TABLE ", before, " DETACH PARTITION ", change.to.name));
  }
  if (after.empty()) return;
  phases.add(Phase::kIndexes,
             cat("ALTER TABLE ", after, " ATTACH PARTITION ", change.to.name, " ", text_of(*change.to.value, "bound")));
}

// False for what has no statement.
bool alter_property(const SchemaChange& change, const SchemaObject& table, PostgresPhases& phases,
                    PostgresParts& parts) {
  const std::string head = cat("ALTER TABLE ", table.name, " ");
  if (change.property == "comment") {
    static const Json none;
    parts.comment(table, "", "", change.b != nullptr ? change.b : &none);
  } else if (change.property == "unlogged") {
    phases.add(Phase::kBuild, cat(head, is_on(change) ? "SET UNLOGGED" : "SET LOGGED"));
  } else if (change.property == "row_security") {
    phases.add(Phase::kFinish, cat(head, is_on(change) ? "ENABLE" : "DISABLE", " ROW LEVEL SECURITY"));
  } else if (change.property == "row_security_forced") {
    phases.add(Phase::kFinish, cat(head, is_on(change) ? "FORCE" : "NO FORCE", " ROW LEVEL SECURITY"));
  } else if (change.property == "replica_identity") {
    const std::string now = new_text(change);
    if (now != "index") phases.add(Phase::kFinish, cat(head, "REPLICA IDENTITY ", now.empty() ? "DEFAULT" : now));
  } else if (change.property == "options") {
    alter_options(change, head, phases);
  } else if (change.property == "inherits") {
    alter_parents(change, head, phases);
  } else {
    return change.property == "bound" || change.property == "partition_of";
  }
  return true;
}

void remake_in_the_way(const ObjectChange& change, PostgresParts& parts) {
  for (const char* collection : {"triggers", "policies", "rules"}) {
    for (const auto& [name, part] : members_of(*change.from.value, collection)) {
      parts.remake(change.from, change.to, collection, name);
    }
  }
}

void refuse_generated(const ObjectChange& change, const std::set<std::string>& retyped, PostgresPhases& phases) {
  for (const auto& [name, column] : members_of(*change.from.value, kColumns)) {
    const std::string expression = text_of(column, "generated");
    for (const std::string& source : retyped) {
      if (source == name || !mentions(expression, source)) continue;
      phases.refuse(cat("table ", shown_name(change.to.name), ": column ", source,
                        " cannot get another type while column ", name, " is generated from it: drop ", name,
                        " before, and add it again behind"));
    }
  }
}

}  // namespace

std::set<std::string> retyped_columns(const ObjectChange& change) {
  std::set<std::string> names;
  for (const SchemaChange* one : change.changes) {
    if (is_column(*one) && (one->property == "type" || one->property == "collation")) names.insert(one->part);
  }
  return names;
}

std::set<std::string> disturbed_columns(const ObjectChange& change) {
  std::set<std::string> names = retyped_columns(change);
  for (const SchemaChange* one : change.changes) {
    if (is_column(*one) && (one->how == How::kOnlyInA || generated_anew(*one))) names.insert(one->part);
  }
  return names;
}

void alter_table(const ObjectChange& change, PostgresPhases& phases, PostgresParts& parts) {
  bool moved = false;
  for (const SchemaChange* one : change.changes) {
    if (!one->collection.empty()) continue;
    moved = moved || one->property == "bound" || one->property == "partition_of";
    if (alter_property(*one, change.to, phases, parts)) continue;
    phases.refuse(cat("table ", shown_name(change.to.name), ": ", one->property, " cannot be altered"));
  }
  if (moved) move_partition(change, phases);
  if (!disturbed_columns(change).empty()) remake_in_the_way(change, parts);
  refuse_generated(change, retyped_columns(change), phases);
  Columns(change, phases, parts).write();
}

}  // namespace tide
