#include "schema/snapshot_builder.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "schema/kinds.h"

namespace tide {

SnapshotBuilder::Entry* SnapshotBuilder::find(const CatalogId& id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second;
}

void SnapshotBuilder::add_object(const CatalogId& id, const std::string& kind, const std::string& name,
                                 Json::Object properties) {
  entries_.push_back({kind, name, std::move(properties), {}, {}, nullptr});
  by_id_[id] = &entries_.back();
}

void SnapshotBuilder::add_part(const CatalogId& owner, const CatalogId& id, const std::string& collection,
                               const std::string& name, Json::Object properties) {
  Entry* object = find(owner);
  if (object == nullptr) return;
  entries_.push_back({collection, name, std::move(properties), {}, {}, object});
  object->parts[collection].push_back(&entries_.back());
  by_id_[id] = &entries_.back();
}

void SnapshotBuilder::add_alias(const CatalogId& id, const CatalogId& other) {
  if (Entry* entry = find(id)) by_id_[other] = entry;
}

void SnapshotBuilder::add_properties(const CatalogId& id, const Json::Object& properties) {
  Entry* entry = find(id);
  if (entry != nullptr) entry->properties.insert(entry->properties.end(), properties.begin(), properties.end());
}

void SnapshotBuilder::add_use(const CatalogId& id, const CatalogId& used) {
  Entry* from = find(id);
  Entry* to = find(used);
  if (from == nullptr || to == nullptr) return;
  if (from->owner != nullptr) from = from->owner;
  if (to->owner != nullptr) to = to->owner;
  if (from != to) from->uses.insert(cat(to->kind, " ", to->name));
}

std::string SnapshotBuilder::name_of(const CatalogId& id) const {
  const Entry* entry = find(id);
  return entry != nullptr ? entry->name : "";
}

Json SnapshotBuilder::value_of(Entry& entry) {
  Json::Object value = std::move(entry.properties);
  if (!entry.uses.empty()) value.emplace_back(kUses, Json::List(entry.uses.begin(), entry.uses.end()));
  for (auto& [collection, parts] : entry.parts) {
    if (collection != kColumns) {
      std::sort(parts.begin(), parts.end(), [](const Entry* a, const Entry* b) { return a->name < b->name; });
    }
    Json::Object members;
    members.reserve(parts.size());
    for (Entry* part : parts) members.emplace_back(part->name, value_of(*part));
    value.emplace_back(collection, std::move(members));
  }
  return value;
}

Json SnapshotBuilder::finish(Json::Object head) {
  std::map<std::string, std::map<std::string, Entry*>> kinds;
  for (Entry& entry : entries_) {
    if (entry.owner == nullptr) kinds[entry.kind][entry.name] = &entry;
  }
  for (const auto& [kind, objects] : kinds) {
    Json::Object members;
    members.reserve(objects.size());
    for (const auto& [name, entry] : objects) members.emplace_back(name, value_of(*entry));
    head.emplace_back(kind, std::move(members));
  }
  return head;
}

}  // namespace tide
