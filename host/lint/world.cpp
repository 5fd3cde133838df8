#include "lint/world.h"

#include <algorithm>

#include "base/text.h"
#include "db/postgres_encode.h"

namespace tide {
namespace {

struct Parts {
  std::string schema;
  std::string name;
};

// "a"."b" taken apart, both without quotes.
Parts parts_of(const std::string& key) {
  std::vector<std::string> parts(1);
  bool quoted = false;
  for (std::size_t i = 0; i < key.size(); ++i) {
    if (key[i] == '"' && quoted && key.compare(i, 2, "\"\"") == 0) {
      parts.back() += key[i++];
    } else if (key[i] == '"') {
      quoted = !quoted;
    } else if (key[i] == '.' && !quoted) {
      parts.emplace_back();
    } else {
      parts.back() += key[i];
    }
  }
  return parts.size() == 1 ? Parts{"", parts[0]} : Parts{parts[0], parts[1]};
}

}  // namespace

std::string World::key(const std::string& schema, const std::string& name) const {
  const auto known = facts_.names.find(quoted_name(schema, name));
  const std::string made = quoted_name(schema.empty() ? facts_.schema : schema, name);
  return known == facts_.names.end() || made_.count(made) > 0 ? made : known->second;
}

std::string World::key(const std::vector<std::string>& parts) const {
  if (parts.empty()) return "";
  return key(parts.size() > 1 ? parts[parts.size() - 2] : "", parts.back());
}

bool World::is_new(const std::string& key) const {
  return made_.count(key) > 0 || (ran_ && facts_.known && !exists(key));
}

const TableFacts* World::table(const std::string& key) const {
  const auto found = facts_.tables.find(key);
  return found == facts_.tables.end() ? nullptr : &found->second;
}

TableFacts& World::change(const std::string& key) {
  if (is_new(key)) made_.insert(key);
  return facts_.tables[key];
}

std::string World::table_of_index(const std::string& index_key) const {
  const auto found = facts_.indexes.find(index_key);
  return found == facts_.indexes.end() ? "" : found->second;
}

bool World::never_null(const std::string& key, const std::string& column) const {
  const TableFacts* facts = table(key);
  if (facts == nullptr) return false;
  if (facts->not_null.count(column) > 0) return true;
  return std::any_of(facts->checks.begin(), facts->checks.end(),
                     [&](const CheckFacts& check) { return check.validated && check.not_null.count(column) > 0; });
}

std::string World::type_of(const std::string& key, const std::string& column) const {
  const TableFacts* facts = table(key);
  if (facts == nullptr) return "";
  const auto found = facts->columns.find(column);
  return found == facts->columns.end() ? "" : found->second;
}

bool World::has_index_on(const std::string& key, const std::vector<std::string>& columns) const {
  const TableFacts* facts = table(key);
  if (facts == nullptr) return false;
  return std::any_of(facts->indexes.begin(), facts->indexes.end(), [&](const auto& entry) {
    const IndexFacts& index = entry.second;
    if (index.partial || index.columns.size() < columns.size()) return false;
    const auto end = index.columns.begin() + static_cast<std::ptrdiff_t>(columns.size());
    return std::is_permutation(index.columns.begin(), end, columns.begin(), columns.end());
  });
}

void World::make_table(const std::string& key) {
  made_.insert(key);
  facts_.tables[key] = {};
}

void World::make_index(const std::string& table, const std::string& name, IndexFacts index) {
  facts_.tables[table].indexes[name] = std::move(index);
  facts_.indexes[quoted_name(schema_name(table), name)] = table;
}

void World::drop(const std::string& key) {
  if (const std::string table = table_of_index(key); !table.empty()) {
    facts_.tables[table].indexes.erase(bare_name(key));
    facts_.indexes.erase(key);
    return;
  }
  made_.erase(key);
  facts_.tables.erase(key);
}

void World::rename(const std::string& key, const std::string& new_name) {
  const std::string now = quoted_name(schema_name(key), new_name);
  if (made_.erase(key) > 0) made_.insert(now);
  auto table = facts_.tables.extract(key);
  if (table.empty()) return;
  facts_.names[quoted_name("", new_name)] = facts_.names[now] = now;
  table.key() = now;
  facts_.tables.insert(std::move(table));
}

void World::rename_column(const std::string& key, const std::string& column, const std::string& new_name) {
  const auto table = facts_.tables.find(key);
  if (table == facts_.tables.end()) return;
  auto entry = table->second.columns.extract(column);
  if (entry.empty()) return;
  entry.key() = new_name;
  table->second.columns.insert(std::move(entry));
}

std::string shown_key(const std::string& key) {
  const auto [schema, name] = parts_of(key);
  if (name.empty()) return "";
  return schema.empty() || schema == "public" ? postgres_ident(name)
                                              : cat(postgres_ident(schema), ".", postgres_ident(name));
}

std::string bare_name(const std::string& key) { return parts_of(key).name; }
std::string schema_name(const std::string& key) { return parts_of(key).schema; }

}  // namespace tide
