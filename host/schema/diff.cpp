#include "schema/diff.h"

#include <algorithm>
#include <map>
#include <string_view>

#include "base/text.h"
#include "schema/comparable.h"
#include "schema/json_tree.h"
#include "schema/kinds.h"
#include "tide/error.h"

namespace tide {
namespace {

using How = SchemaChange::How;
using Index = std::map<std::string_view, const Json*>;

Index index_of(const Json::Object& members) {
  Index index;
  for (const auto& [name, value] : members) index.emplace(name, &value);
  return index;
}

const Json* at(const Index& index, std::string_view name) {
  const auto found = index.find(name);
  return found == index.end() ? nullptr : found->second;
}

// Calls `visit(name, a, b)` for each name of either, sorted; null on the side that lacks it.
template <class Visit>
void pair_up(const Json::Object& a, const Json::Object& b, const Visit& visit) {
  const Index in_a = index_of(a), in_b = index_of(b);
  auto left = in_a.begin();
  auto right = in_b.begin();
  while (left != in_a.end() || right != in_b.end()) {
    const bool only_a = right == in_b.end() || (left != in_a.end() && left->first < right->first);
    const bool only_b = !only_a && (left == in_a.end() || right->first < left->first);
    const std::string name(only_b ? right->first : left->first);
    visit(name, only_b ? nullptr : left->second, only_a ? nullptr : right->second);
    if (!only_b) ++left;
    if (!only_a) ++right;
  }
}

class Comparison {
 public:
  Comparison(const Json& a, const Json& b)
      : rules_{text_of(a, "engine") == "sqlite", flag_of(a, "grants") && flag_of(b, "grants")} {}

  std::vector<SchemaChange> run(const Json& a, const Json& b) {
    for (const SchemaKind& kind : schema_kinds()) {
      if (kind.part) continue;
      place_ = SchemaChange{How::kDiffers, kind.name, "", "", "", "", nullptr, nullptr};
      pair_up(members_of(a, kind.name), members_of(b, kind.name),
              [&](const std::string& name, const Json* left, const Json* right) {
                place_.object = name;
                compare(left, right);
              });
    }
    return std::move(changes_);
  }

 private:
  void compare(const Json* a, const Json* b) {
    if (a == nullptr || b == nullptr) return add(a, b);
    for (const SchemaKind& kind : schema_kinds()) {
      if (kind.part) compare_parts(kind.name, members_of(*a, kind.name), members_of(*b, kind.name));
    }
    compare_properties(*a, *b);
  }

  void compare_parts(const char* collection, const Json::Object& a, const Json::Object& b) {
    if (a.empty() && b.empty()) return;
    place_.collection = collection;
    pair_up(a, b, [&](const std::string& name, const Json* left, const Json* right) {
      place_.part = name;
      compare_part(left, right);
    });
    place_.collection.clear();
    place_.part.clear();
  }

  void compare_part(const Json* a, const Json* b) {
    const Json& any = either(a, b);
    inherited_ = flag_of(any, "inherited");
    if (!ComparisonRules::counts(rules_place(), any)) return;
    if (a != nullptr && b != nullptr) {
      compare_properties(*a, *b);
    } else if (!ComparisonRules::follows(rules_place())) {
      add(a, b);
    }
    inherited_ = false;
  }

  ComparisonRules::Place rules_place() const { return {place_.kind, place_.collection, inherited_}; }

  void compare_properties(const Json& a, const Json& b) {
    const Index in_a = index_of(members_of(a)), in_b = index_of(members_of(b));
    for (const auto& [name, value] : in_a) compare_property(name, value, at(in_b, name));
    for (const auto& [name, value] : in_b) {
      if (in_a.count(name) == 0) compare_property(name, nullptr, value);
    }
    place_.property.clear();
  }

  void compare_property(std::string_view name, const Json* a, const Json* b) {
    if (!rules_.compares(rules_place(), name) || rules_.same(name, a, b)) return;
    place_.property = name;
    add(a, b, How::kDiffers);
  }

  void add(const Json* a, const Json* b) { add(a, b, b == nullptr ? How::kOnlyInA : How::kOnlyInB); }

  void add(const Json* a, const Json* b, How how) {
    changes_.push_back(place_);
    changes_.back().how = how;
    changes_.back().a = a;
    changes_.back().b = b;
    if (how != How::kDiffers) changes_.back().property.clear();
  }

  ComparisonRules rules_;
  SchemaChange place_;
  bool inherited_ = false;  // what is compared now
  std::vector<SchemaChange> changes_;
};

}  // namespace

const Json& either(const Json* a, const Json* b) {
  const Json* there = a != nullptr ? a : b;
  if (there == nullptr) throw Error(ErrorKind::kInternal, "a change without either side");
  return *there;
}

std::vector<SchemaChange> diff_snapshots(const Json& a, const Json& b) {
  const std::string engine_a = text_of(a, "engine"), engine_b = text_of(b, "engine");
  if (engine_a != engine_b) {
    throw Error(ErrorKind::kUsage, cat("a schema of ", engine_a, " cannot be compared with one of ", engine_b));
  }
  return Comparison(a, b).run(a, b);
}

}  // namespace tide
