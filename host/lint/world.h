#pragma once

#include <string>
#include <vector>

#include "lint/facts.h"
#include "lint/tree.h"

namespace tide {

// The database as the statements find it: what the catalogs said, and what the statements before have done to it.
class World {
 public:
  // `ran`: the database took the statements, so that a table which it did not have is one that they made.
  World(Facts facts, bool ran) : facts_(std::move(facts)), ran_(ran) {}

  const Facts& facts() const { return facts_; }

  // The key of a relation that a statement names, whichever way it is written.
  std::string key(const std::string& schema, const std::string& name) const;
  std::string key(const Node& range_var) const { return key(range_var.text("schemaname"), range_var.text("relname")); }
  // Of ["schema", "name"], ["name"] or ["database", "schema", "name"].
  std::string key(const std::vector<std::string>& parts) const;

  bool exists(const std::string& key) const { return facts_.tables.count(key) > 0; }
  // Made by the statements: nobody uses it yet, and it holds what they have put there.
  bool is_new(const std::string& key) const;
  bool is_made(const std::string& key) const { return made_.count(key) > 0; }
  // Nothing when the catalogs say nothing of it.
  const TableFacts* table(const std::string& key) const;
  TableFacts& change(const std::string& key);
  std::string table_of_index(const std::string& index_key) const;
  // Whether a validated CHECK, or NOT NULL itself, says that the column has no NULL.
  bool never_null(const std::string& key, const std::string& column) const;
  // "" when it is not known.
  std::string type_of(const std::string& key, const std::string& column) const;
  bool has_index_on(const std::string& key, const std::vector<std::string>& columns) const;

  void make(const std::string& key) { made_.insert(key); }  // what is no table: a schema
  void make_table(const std::string& key);
  void make_index(const std::string& table, const std::string& name, IndexFacts index);
  void drop(const std::string& key);
  void rename(const std::string& key, const std::string& new_name);
  void rename_column(const std::string& key, const std::string& column, const std::string& new_name);

 private:
  Facts facts_;
  bool ran_;
  std::set<std::string> made_;
};

// What is read where SQL or a sentence names it: users, billing.orders, "Odd One".
std::string shown_key(const std::string& key);
// The bare name of a key, and its schema.
std::string bare_name(const std::string& key);
std::string schema_name(const std::string& key);

}  // namespace tide
