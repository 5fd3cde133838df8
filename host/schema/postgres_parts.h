#pragma once

#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "schema/diff.h"
#include "schema/objects.h"
#include "schema/postgres_phases.h"

namespace tide {

// One object in both snapshots, and what differs of it.
struct ObjectChange {
  SchemaObject from;
  SchemaObject to;
  std::vector<const SchemaChange*> changes;
};

// Writes what is to happen with the parts of objects (but columns): constraints, indexes, triggers, policies, rules,
// statistics.
class PostgresParts {
 public:
  explicit PostgresParts(PostgresPhases& phases) : phases_(phases) {}

  // All of a new object that CREATE does not make itself.
  void create_all(const SchemaObject& object);
  void apply(const ObjectChange& change);
  // Drops a part before and makes it again behind what is built, once.
  void remake(const SchemaObject& from, const SchemaObject& to, const std::string& collection, const std::string& part);
  // COMMENT ON the object, or on a part of it; null: there is none to write, JSON's null: it is taken away.
  void comment(const SchemaObject& object, const std::string& collection, const std::string& part, const Json* text);

 private:
  void create(const SchemaObject& object, const std::string& collection, const std::string& part, const Json& value);
  void drop(const SchemaObject& object, const std::string& collection, const std::string& part, const Json& value);
  void finish(const SchemaObject& object, const std::string& collection, const std::string& part, const Json& value);
  // Whether the properties that differ can be altered; does it then.
  bool alter(const SchemaObject& object, const SchemaChange& change);

  PostgresPhases& phases_;
  std::set<std::tuple<std::string, std::string, std::string>> remade_;
};

}  // namespace tide
