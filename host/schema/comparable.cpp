#include "schema/comparable.h"

#include <algorithm>
#include <string>
#include <type_traits>
#include <variant>

#include "schema/json_tree.h"
#include "schema/kinds.h"
#include "schema/snapshot.h"
#include "schema/sqlite_table.h"
#include "sys/digest.h"

namespace tide {
namespace {

bool is_definition(std::string_view property) { return property == "definition"; }

bool same_json(const Json& a, const Json& b);

bool same_lists(const Json::List& a, const Json::List& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), same_json);
}

bool same_members(const Json::Object& a, const Json::Object& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& left, const auto& right) {
    return left.first == right.first && same_json(left.second, right.second);
  });
}

bool same_json(const Json& a, const Json& b) {
  const auto same = [&b](const auto& value) {
    using Type = std::decay_t<decltype(value)>;
    const auto* other = std::get_if<Type>(&b.data);
    if (other == nullptr) return false;
    if constexpr (std::is_same_v<Type, Json::List>) {
      return same_lists(value, *other);
    } else if constexpr (std::is_same_v<Type, Json::Object>) {
      return same_members(value, *other);
    } else {
      return value == *other;
    }
  };
  return std::visit(same, a.data);
}

template <class Members>
Json sorted(Members members) {
  std::sort(members.begin(), members.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  return members;
}

// The object or part with nothing in it that is not compared, members sorted.
class Reduction {
 public:
  Reduction(const ComparisonRules& rules, std::string_view kind) : rules_(rules), kind_(kind) {}

  Json object(const Json& value) const {
    Json::Object out = properties(value, {kind_, ""});
    for (const SchemaKind& kind : schema_kinds()) {
      Json::Object compared = kind.part ? parts(value, kind.name) : Json::Object();
      if (!compared.empty()) out.emplace_back(kind.name, sorted(std::move(compared)));
    }
    return sorted(std::move(out));
  }

 private:
  Json::Object parts(const Json& value, const char* collection) const {
    Json::Object out;
    for (const auto& [name, part] : members_of(value, collection)) {
      const ComparisonRules::Place place{kind_, collection, flag_of(part, "inherited")};
      if (!ComparisonRules::counts(place, part)) continue;
      Json::Object compared = properties(part, place);
      if (!compared.empty() || !ComparisonRules::follows(place)) out.emplace_back(name, sorted(std::move(compared)));
    }
    return out;
  }

  Json::Object properties(const Json& value, const ComparisonRules::Place& place) const {
    Json::Object out;
    for (const auto& [name, member] : members_of(value)) {
      if (rules_.compares(place, name)) out.emplace_back(name, rules_.comparable(name, member));
    }
    return out;
  }

  const ComparisonRules& rules_;
  std::string_view kind_;
};

}  // namespace

bool ComparisonRules::counts(const Place& place, const Json& part) {
  if (place.collection == "indexes" && part.find("constraint") != nullptr) return false;
  return !place.inherited || place.collection == kColumns;
}

bool ComparisonRules::follows(const Place& place) {
  return place.collection == kColumns && (is_view(place.kind) || place.inherited);
}

bool ComparisonRules::compares(const Place& place, std::string_view property) const {
  if (property == kUses || property == "sql") return false;
  if (property == "owner" || property == "grants") return grants;
  if (place.collection.empty()) {
    const SchemaKind* known = find_kind(property);
    return known == nullptr || !known->part;
  }
  // said by the definition already
  if (place.collection == "constraints") {
    return property != "columns" && property != "references" && property != "referenced_columns";
  }
  if (place.collection == "indexes") return property != "unique" && property != "partial";
  return !follows(place) || property == "comment" || property == "default";
}

Json ComparisonRules::comparable(std::string_view property, const Json& value) const {
  if (!sqlite || !is_definition(property)) return value;
  return comparable_sqlite(text_of(value));
}

bool ComparisonRules::same(std::string_view property, const Json* a, const Json* b) const {
  if (a == nullptr || b == nullptr) return a == b;
  if (same_json(*a, *b)) return true;
  return sqlite && is_definition(property) && same_json(comparable(property, *a), comparable(property, *b));
}

std::string snapshot_digest(const Json& snapshot) {
  const ComparisonRules rules{text_of(snapshot, "engine") == "sqlite", false};
  Json::Object kinds;
  for (const SchemaKind& kind : schema_kinds()) {
    Json::Object objects;
    for (const auto& [name, value] : members_of(snapshot, kind.name)) {
      objects.emplace_back(name, Reduction(rules, kind.name).object(value));
    }
    if (!objects.empty()) kinds.emplace_back(kind.name, std::move(objects));
  }
  return sha256_hex(dump_json(kinds));
}

}  // namespace tide
