#pragma once

#include <string_view>

#include "base/json.h"

namespace tide {

// What of a snapshot counts when two are compared.
struct ComparisonRules {
  // An object, or a part of one in a collection.
  struct Place {
    std::string_view kind;
    std::string_view collection;  // empty: the object itself
    bool inherited = false;       // a part that follows from the parent's
  };

  bool sqlite = false;
  bool grants = false;  // owners and privileges count

  // False for a part that only repeats something else: an index that a constraint made, what a partition inherits.
  static bool counts(const Place& place, const Json& part);
  // True for the columns of a view, which follow from its definition, and of a partition, from its parent.
  static bool follows(const Place& place);
  bool compares(const Place& place, std::string_view property) const;  // false for collections
  // Null: the property is not there.
  bool same(std::string_view property, const Json* a, const Json* b) const;
  // What is compared of a property's value.
  Json comparable(std::string_view property, const Json& value) const;
};

}  // namespace tide
