#include "schema/postgres_parts.h"

#include <algorithm>

#include "base/text.h"
#include "db/postgres_encode.h"
#include "schema/json_tree.h"
#include "schema/kinds.h"
#include "schema/names.h"
#include "schema/postgres_ddl.h"

namespace tide {
namespace {

using How = SchemaChange::How;

bool is_foreign_key(const Json& part) { return text_of(part, "type") == "foreign key"; }

Phase phase_to_drop(const std::string& collection, const Json& part, bool domain) {
  if (domain) return Phase::kBuild;
  if (collection == "constraints") return is_foreign_key(part) ? Phase::kUnbind : Phase::kDropConstraints;
  return collection == "indexes" ? Phase::kDropIndexes : Phase::kLoosen;
}

Phase phase_to_create(const std::string& collection, const Json& part) {
  if (collection == "constraints") return is_foreign_key(part) ? Phase::kBind : Phase::kBuild;
  return collection == "indexes" ? Phase::kIndexes : Phase::kFinish;
}

// CREATE TABLE and CREATE DOMAIN write these themselves, and a constraint makes its index.
bool made_with_object(const std::string& collection, const Json& part) {
  if (flag_of(part, "inherited") || collection == kColumns) return true;
  if (collection == "indexes") return part.find("constraint") != nullptr;
  return collection == "constraints" && !is_foreign_key(part) && flag_of(part, "validated");
}

const Json* part_of(const SchemaObject& object, const std::string& collection, const std::string& part) {
  const Json* parts = object.value->find(collection);
  return parts != nullptr ? parts->find(part) : nullptr;
}

}  // namespace

void PostgresParts::create_all(const SchemaObject& object) {
  comment(object, "", "", object.value->find("comment"));
  for (const SchemaKind& kind : schema_kinds()) {
    if (!kind.part) continue;
    for (const auto& [name, part] : members_of(*object.value, kind.name)) {
      if (made_with_object(kind.name, part)) {
        comment(object, kind.name, name, part.find("comment"));
      } else {
        create(object, kind.name, name, part);
      }
    }
  }
}

void PostgresParts::apply(const ObjectChange& change) {
  for (const SchemaChange* one : change.changes) {
    if (one->collection.empty() || one->collection == kColumns) continue;
    if (one->how == How::kOnlyInA) drop(change.from, one->collection, one->part, *one->a);
    if (one->how == How::kOnlyInB) create(change.to, one->collection, one->part, *one->b);
    if (one->how == How::kDiffers && !alter(change.to, *one)) {
      remake(change.from, change.to, one->collection, one->part);
    }
  }
}

void PostgresParts::remake(const SchemaObject& from, const SchemaObject& to, const std::string& collection,
                           const std::string& part) {
  const Json* old_value = part_of(from, collection, part);
  const Json* new_value = part_of(to, collection, part);
  if (old_value == nullptr || new_value == nullptr || flag_of(*new_value, "inherited")) return;
  if (!remade_.insert({to.name, collection, part}).second) return;
  drop(from, collection, part, *old_value);
  create(to, collection, part, *new_value);
}

bool PostgresParts::alter(const SchemaObject& object, const SchemaChange& change) {
  const bool on = change.b != nullptr && dump_json(*change.b) == "true";
  const std::string name = postgres_ident(change.part);
  if (change.property == "comment") {
    static const Json none;
    comment(object, change.collection, change.part, change.b != nullptr ? change.b : &none);
  } else if (change.property == "enabled" && change.b != nullptr) {
    phases_.add(Phase::kFinish, enabled_sql(object, change.collection, change.part, text_of(*change.b)));
  } else if (change.property == "validated" && on) {
    phases_.add(Phase::kFinish, cat("ALTER ", ddl_word(object), " ", object.name, " VALIDATE CONSTRAINT ", name));
  } else if (change.property == "valid" && !on) {
    phases_.refuse(cat("index ", change.part, " of ", shown_name(object.name),
                       " is invalid where it should be copied from: an index is not made to be invalid"));
  } else if (change.property == "clustered") {
    phases_.add(Phase::kFinish,
                cat("ALTER TABLE ", object.name, on ? cat(" CLUSTER ON ", name) : " SET WITHOUT CLUSTER"));
  } else if (change.property == "replica_identity") {
    if (on) phases_.add(Phase::kFinish, cat("ALTER TABLE ", object.name, " REPLICA IDENTITY USING INDEX ", name));
  } else {
    return false;
  }
  return true;
}

void PostgresParts::create(const SchemaObject& object, const std::string& collection, const std::string& part,
                           const Json& value) {
  if (flag_of(value, "inherited")) return;
  phases_.add(phase_to_create(collection, value), create_part_sql(object, collection, part, value));
  finish(object, collection, part, value);
}

void PostgresParts::finish(const SchemaObject& object, const std::string& collection, const std::string& part,
                           const Json& value) {
  const std::string enabled = text_of(value, "enabled");
  if (!enabled.empty() && enabled != "enabled") {
    phases_.add(Phase::kFinish, enabled_sql(object, collection, part, enabled));
  }
  const std::string name = postgres_ident(part);
  if (flag_of(value, "clustered")) phases_.add(Phase::kFinish, cat("ALTER TABLE ", object.name, " CLUSTER ON ", name));
  if (flag_of(value, "replica_identity")) {
    phases_.add(Phase::kFinish, cat("ALTER TABLE ", object.name, " REPLICA IDENTITY USING INDEX ", name));
  }
  if (collection == "indexes" && !flag_of(value, "valid")) {
    phases_.refuse(cat("index ", part, " of ", shown_name(object.name),
                       " is invalid where it should be copied from: it is made valid"));
  }
  comment(object, collection, part, value.find("comment"));
}

void PostgresParts::drop(const SchemaObject& object, const std::string& collection, const std::string& part,
                         const Json& value) {
  if (flag_of(value, "inherited")) return;
  phases_.add(phase_to_drop(collection, value, object.kind == "domains"), drop_part_sql(object, collection, part));
}

void PostgresParts::comment(const SchemaObject& object, const std::string& collection, const std::string& part,
                            const Json* text) {
  if (text == nullptr) return;
  const bool is_text = std::holds_alternative<std::string>(text->data);
  const std::string what =
      collection.empty() ? cat(ddl_word(object), " ", ddl_name(object)) : part_name(object, collection, part);
  phases_.add(Phase::kFinish, cat("COMMENT ON ", what, " IS ", is_text ? sql_literal(text_of(*text)) : "NULL"));
}

}  // namespace tide
