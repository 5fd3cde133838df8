#include "schema/objects.h"

#include <set>

#include "base/text.h"
#include "schema/json_tree.h"
#include "schema/kinds.h"

namespace tide {
namespace {

class Sorting {
 public:
  explicit Sorting(const SchemaObjects& objects) : objects_(objects) {}

  std::vector<std::string> run() {
    for (const auto& [key, object] : objects_) visit(key, object);
    return std::move(order_);
  }

 private:
  void visit(const std::string& key, const SchemaObject& object) {
    if (!seen_.insert(key).second) return;
    for (const std::string& used : uses_of(object)) {
      const auto found = objects_.find(used);
      if (found != objects_.end()) visit(used, found->second);
    }
    order_.push_back(key);
  }

  const SchemaObjects& objects_;
  std::set<std::string> seen_;
  std::vector<std::string> order_;
};

}  // namespace

std::string object_key(const std::string& kind, const std::string& name) { return cat(kind, " ", name); }

SchemaObjects objects_of(const Json& snapshot) {
  SchemaObjects objects;
  for (const SchemaKind& kind : schema_kinds()) {
    if (kind.part) continue;
    for (const auto& [name, value] : members_of(snapshot, kind.name)) {
      objects[object_key(kind.name, name)] = {kind.name, name, &value};
    }
  }
  return objects;
}

std::vector<std::string> by_use(const SchemaObjects& objects) { return Sorting(objects).run(); }

std::vector<std::string> uses_of(const SchemaObject& object) {
  std::vector<std::string> uses;
  for (const Json& used : list_of(*object.value, kUses)) uses.push_back(text_of(used));
  const std::string parent = text_of(*object.value, "partition_of");
  if (!parent.empty()) uses.push_back(object_key("tables", parent));
  for (const Json& inherited : list_of(*object.value, "inherits")) {
    uses.push_back(object_key("tables", text_of(inherited)));
  }
  return uses;
}

}  // namespace tide
