#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/json.h"

namespace tide {

// An object of a snapshot, by "kind name" as `uses` names it.
struct SchemaObject {
  std::string kind;
  std::string name;
  const Json* value = nullptr;
};
using SchemaObjects = std::map<std::string, SchemaObject>;

std::string object_key(const std::string& kind, const std::string& name);
SchemaObjects objects_of(const Json& snapshot);

// What stands behind the objects that it uses, those before those of `objects`; otherwise sorted. A cycle is cut.
std::vector<std::string> by_use(const SchemaObjects& objects);

// The keys that it uses itself: `uses`, the parents of a table.
std::vector<std::string> uses_of(const SchemaObject& object);

}  // namespace tide
