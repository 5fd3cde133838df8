#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/json.h"

namespace tide {

// Where a row of a system catalog stands; `part` is the column's number, 0 for everything else.
struct CatalogId {
  std::string catalog;  // "pg_class"
  std::int64_t oid = 0;
  std::int64_t part = 0;

  bool operator==(const CatalogId& other) const {
    return oid == other.oid && part == other.part && catalog == other.catalog;
  }
};

struct CatalogIdHash {
  std::size_t operator()(const CatalogId& id) const {
    const auto number = static_cast<std::size_t>(id.oid) * 1000003 + static_cast<std::size_t>(id.part);
    return std::hash<std::string>()(id.catalog) ^ number * 0x9e3779b97f4a7c15;
  }
};

// Puts together a snapshot from rows that come kind by kind: objects, their parts, and later properties of both.
class SnapshotBuilder {
 public:
  void add_object(const CatalogId& id, const std::string& kind, const std::string& name, Json::Object properties);
  // Left out without a word when its owner is none of the objects.
  void add_part(const CatalogId& owner, const CatalogId& id, const std::string& collection, const std::string& name,
                Json::Object properties);
  // `other` is another id of the same object.
  void add_alias(const CatalogId& id, const CatalogId& other);
  void add_properties(const CatalogId& id, const Json::Object& properties);
  // The object of `id`, or the one it is a part of, cannot be made before that of `used`.
  void add_use(const CatalogId& id, const CatalogId& used);

  // The name of an object or part; "" when it is none of these.
  std::string name_of(const CatalogId& id) const;

  // The kinds behind the members of `head`.
  Json finish(Json::Object head);

 private:
  struct Entry {
    std::string kind;
    std::string name;
    Json::Object properties;
    std::map<std::string, std::vector<Entry*>> parts;
    std::set<std::string> uses;  // "functions public.f(integer)"
    Entry* owner = nullptr;
  };

  Entry* find(const CatalogId& id) const;
  static Json value_of(Entry& entry);

  std::deque<Entry> entries_;
  std::unordered_map<CatalogId, Entry*, CatalogIdHash> by_id_;
};

}  // namespace tide
