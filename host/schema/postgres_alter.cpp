#include "schema/postgres_alter.h"

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/text.h"
#include "db/postgres_encode.h"
#include "schema/json_tree.h"
#include "schema/kinds.h"
#include "schema/names.h"
#include "schema/postgres_ddl.h"

namespace tide {
namespace {

using How = SchemaChange::How;

struct Alteration {
  const ObjectChange& change;
  PostgresPhases& phases;
  std::set<std::string> properties;  // of the object itself, without its comment

  const SchemaObject& to() const { return change.to; }
  void build(const std::string& sql, std::string loss = "") const { phases.add(Phase::kBuild, sql, std::move(loss)); }
  void refuse(const std::string& why) const {
    phases.refuse(cat(kind_word(to().kind), " ", shown_name(to().name), ": ", why));
  }
};

std::vector<std::string> labels_of(const SchemaObject& object) {
  std::vector<std::string> labels;
  for (const Json& label : list_of(*object.value, "labels")) labels.push_back(text_of(label));
  return labels;
}

// A new label cannot be used in the transaction that adds it, so they stand before it.
void alter_enum(const Alteration& it) {
  const std::vector<std::string> before = labels_of(it.change.from), after = labels_of(it.to());
  std::vector<std::string> statements;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < after.size(); ++i) {
    if (kept < before.size() && after[i] == before[kept]) {
      ++kept;
      continue;
    }
    const std::string place = i > 0            ? cat(" AFTER ", sql_literal(after[i - 1]))
                              : before.empty() ? ""
                                               : cat(" BEFORE ", sql_literal(before.front()));
    statements.push_back(cat("ALTER TYPE ", it.to().name, " ADD VALUE ", sql_literal(after[i]), place));
  }
  if (kept < before.size()) {
    return it.refuse(cat("the label '", before[kept], "' cannot be taken away or moved: make a new type of it"));
  }
  for (std::string& statement : statements) it.phases.add_before(std::move(statement));
}

void alter_domain(const Alteration& it) {
  const std::string head = cat("ALTER DOMAIN ", it.to().name, " ");
  for (const std::string& property : it.properties) {
    const std::string text = text_of(*it.to().value, "default");
    if (property == "default") {
      it.build(cat(head, text.empty() ? "DROP DEFAULT" : cat("SET DEFAULT ", text)));
    } else if (property == "not_null") {
      it.build(cat(head, flag_of(*it.to().value, "not_null") ? "SET NOT NULL" : "DROP NOT NULL"));
    } else {
      it.refuse(cat("its ", property, " cannot be altered: make a new domain of it"));
    }
  }
}

void alter_sequence(const Alteration& it) {
  const bool owned = it.properties.count("owned_by") > 0;
  if (it.properties.size() > (owned ? 1U : 0U)) {
    it.build(cat("ALTER SEQUENCE ", it.to().name, " ", sequence_options(*it.to().value)));
  }
  if (!owned) return;
  const std::string owner = text_of(*it.to().value, "owned_by");
  it.phases.add(Phase::kLoosen, cat("ALTER SEQUENCE ", it.to().name, " OWNED BY NONE"));
  if (!owner.empty()) it.phases.add(Phase::kIndexes, cat("ALTER SEQUENCE ", it.to().name, " OWNED BY ", owner));
}

void alter_extension(const Alteration& it) {
  const Json& value = *it.to().value;
  if (it.properties.count("schema") > 0) {
    it.phases.add(Phase::kPrepare, cat("ALTER EXTENSION ", it.to().name, " SET SCHEMA ", text_of(value, "schema")));
  }
  if (it.properties.count("version") == 0) return;
  it.phases.add(Phase::kPrepare,
                cat("ALTER EXTENSION ", it.to().name, " UPDATE TO ", sql_literal(text_of(value, "version"))));
}

void alter_attribute(const Alteration& it, const SchemaChange& change) {
  const std::string head = cat("ALTER TYPE ", it.to().name, " ");
  const std::string name = postgres_ident(change.part);
  if (change.how == How::kOnlyInA) {
    it.build(cat(head, "DROP ATTRIBUTE ", name),
             cat("attribute ", change.part, " in every value of ", shown_name(it.to().name)));
  } else if (change.how == How::kOnlyInB) {
    it.build(cat(head, "ADD ATTRIBUTE ", column_sql(change.part, *change.b)));
  } else if (change.property != "comment") {
    it.refuse(
        cat("the ", change.property, " of attribute ", change.part, " cannot be altered while a table uses the type"));
  }
}

void alter_type(const Alteration& it) {
  for (const SchemaChange* one : it.change.changes) {
    if (one->collection == kColumns) alter_attribute(it, *one);
  }
}

void replace(const Alteration& it) {
  if (!it.properties.empty()) it.build(create_sql(it.to()));
}

void alter_event_trigger(const Alteration& it) {
  it.phases.add(Phase::kFinish, enabled_sql(it.to(), "", "", text_of(*it.to().value, "enabled")));
}

void refuse_all(const Alteration& it) {
  for (const std::string& property : it.properties) it.refuse(cat("its ", property, " cannot be altered"));
  for (const SchemaChange* one : it.change.changes) {
    if (one->collection == kColumns && one->property != "comment") {
      it.refuse(cat("column ", one->part, " is not altered here"));
    }
  }
}

}  // namespace

void alter_object(const ObjectChange& change, PostgresPhases& phases, PostgresParts& parts) {
  static const std::map<std::string, void (*)(const Alteration&)> kWays = {
      {"domains", alter_domain},     {"enums", alter_enum},           {"event_triggers", alter_event_trigger},
      {"functions", replace},        {"extensions", alter_extension}, {"materialized_views", replace},
      {"sequences", alter_sequence}, {"types", alter_type},           {"views", replace},
  };
  static const Json none;
  Alteration it{change, phases, {}};
  for (const SchemaChange* one : change.changes) {
    if (one->property == "comment" && (one->collection.empty() || one->collection == kColumns)) {
      parts.comment(change.to, one->collection, one->part, one->b != nullptr ? one->b : &none);
    } else if (one->collection.empty()) {
      it.properties.insert(one->property);
    }
  }
  const auto way = kWays.find(change.to.kind);
  way != kWays.end() ? way->second(it) : refuse_all(it);
}

}  // namespace tide
