#include "schema/erd.h"

#include <algorithm>
#include <map>

#include "base/text.h"
#include "schema/json_tree.h"
#include "schema/kinds.h"
#include "schema/names.h"

namespace tide {
namespace {

std::string shown(const std::string& name) {
  const QualifiedName parts = split_name(name);
  if (parts.schema.empty() || parts.schema == "public") return unquoted(parts.name);
  return cat(unquoted(parts.schema), ".", unquoted(parts.name));
}

bool is_wanted(const std::string& name, const std::vector<std::string>& patterns) {
  const auto matches = [&](const std::string& pattern) {
    return matches_pattern(shown(name), pattern) || matches_pattern(name, pattern);
  };
  return patterns.empty() || std::any_of(patterns.begin(), patterns.end(), matches);
}

std::size_t column_index(const ErdTable& table, const std::string& name) {
  const auto found = std::find_if(table.columns.begin(), table.columns.end(),
                                  [&](const ErdColumn& column) { return column.name == name; });
  return found == table.columns.end() ? 0 : static_cast<std::size_t>(found - table.columns.begin());
}

std::vector<std::string> names_of(const Json& constraint, const char* list) {
  std::vector<std::string> names;
  for (const Json& name : list_of(constraint, list)) names.push_back(text_of(name));
  return names;
}

void mark(ErdTable& table, const Json& constraint) {
  const std::string type = text_of(constraint, "type");
  const std::vector<std::string> names = names_of(constraint, "columns");
  for (const std::string& name : names) {
    const auto found = std::find_if(table.columns.begin(), table.columns.end(),
                                    [&](const ErdColumn& one) { return one.name == name; });
    if (found == table.columns.end()) continue;
    if (type == "primary key") found->primary = true;
    if (type == "primary key") found->optional = false;
    if (type == "foreign key") found->foreign = true;
    if (type == "unique" && names.size() == 1) found->unique = true;
  }
}

ErdTable table_of(const std::string& name, const Json& value) {
  ErdTable table{name, shown(name), text_of(value, "comment"), {}};
  for (const auto& [column, properties] : members_of(value, kColumns)) {
    table.columns.push_back(
        {column, shown_type(text_of(properties, "type")), false, false, false, !flag_of(properties, "not_null")});
  }
  for (const auto& [key, constraint] : members_of(value, "constraints")) mark(table, constraint);
  return table;
}

// Whether a key of the table covers no more than these columns.
bool is_unique(const Json& table, std::vector<std::string> columns) {
  std::sort(columns.begin(), columns.end());
  for (const auto& [name, constraint] : members_of(table, "constraints")) {
    const std::string type = text_of(constraint, "type");
    if (type != "primary key" && type != "unique") continue;
    std::vector<std::string> key = names_of(constraint, "columns");
    std::sort(key.begin(), key.end());
    if (std::includes(columns.begin(), columns.end(), key.begin(), key.end())) return true;
  }
  return false;
}

class Builder {
 public:
  Builder(const Json& snapshot, const std::vector<std::string>& patterns) {
    for (const auto& [name, value] : members_of(snapshot, "tables")) {
      if (!text_of(value, "partition_of").empty() || !is_wanted(name, patterns)) continue;
      places_[name] = erd_.tables.size();
      values_.push_back(&value);
      erd_.tables.push_back(table_of(name, value));
    }
  }

  Erd build() {
    for (std::size_t i = 0; i < values_.size(); ++i) {
      for (const auto& [name, constraint] : members_of(*values_[i], "constraints")) {
        if (text_of(constraint, "type") == "foreign key") add_edge(i, constraint);
      }
    }
    return std::move(erd_);
  }

 private:
  void add_edge(std::size_t child, const Json& key) {
    const auto parent = places_.find(text_of(key, "references"));
    const std::vector<std::string> columns = names_of(key, "columns"), referenced = names_of(key, "referenced_columns");
    if (parent == places_.end() || columns.empty()) return;
    const ErdTable &from = erd_.tables[child], &to = erd_.tables[parent->second];
    const auto optional = [&](const std::string& name) { return from.columns[column_index(from, name)].optional; };
    ErdEdge edge{child, parent->second, column_index(from, columns.front()), primary_column(to), join(columns, ", ")};
    if (!referenced.empty()) edge.parent_column = column_index(to, referenced.front());
    edge.optional = std::any_of(columns.begin(), columns.end(), optional);
    edge.exclusive = is_unique(*values_[child], columns);
    erd_.edges.push_back(std::move(edge));
  }

  static std::size_t primary_column(const ErdTable& table) {
    const auto found = std::find_if(table.columns.begin(), table.columns.end(),
                                    [](const ErdColumn& column) { return column.primary; });
    return found == table.columns.end() ? 0 : static_cast<std::size_t>(found - table.columns.begin());
  }

  Erd erd_;
  std::map<std::string, std::size_t> places_;
  std::vector<const Json*> values_;
};

}  // namespace

bool matches_pattern(std::string_view name, std::string_view pattern) {
  if (pattern.empty()) return name.empty();
  if (pattern.front() == '*') {
    return matches_pattern(name, pattern.substr(1)) || (!name.empty() && matches_pattern(name.substr(1), pattern));
  }
  return !name.empty() && (pattern.front() == '?' || pattern.front() == name.front()) &&
         matches_pattern(name.substr(1), pattern.substr(1));
}

Erd erd_of(const Json& snapshot, const std::vector<std::string>& patterns) {
  return Builder(snapshot, patterns).build();
}

}  // namespace tide
