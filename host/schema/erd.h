#pragma once

#include <string>
#include <vector>

#include "base/json.h"

namespace tide {

struct ErdColumn {
  std::string name;
  std::string type;  // as people write it
  bool primary = false;
  bool foreign = false;
  bool unique = false;
  bool optional = false;  // takes NULL
};

struct ErdTable {
  std::string name;   // as in the snapshot
  std::string shown;  // without "public." and quotes
  std::string comment;
  std::vector<ErdColumn> columns;
};

// A foreign key: `child` refers to `parent`. Indexes into the tables, and of its first column in each.
struct ErdEdge {
  std::size_t child = 0;
  std::size_t parent = 0;
  std::size_t child_column = 0;
  std::size_t parent_column = 0;
  std::string columns;     // "tenant, user_id"
  bool optional = false;   // a child may have no parent
  bool exclusive = false;  // a parent has at most one child
};

struct Erd {
  std::vector<ErdTable> tables;  // by name; partitions are part of their table
  std::vector<ErdEdge> edges;
};

// `patterns`: names with * and ?, matched with the name as it is shown and with its schema; empty = all. A foreign key
// is in it when both its tables are.
Erd erd_of(const Json& snapshot, const std::vector<std::string>& patterns = {});

std::string erd_mermaid(const Erd& erd);
std::string erd_dot(const Erd& erd);
// Stands alone; follows the reader's light or dark.
std::string erd_svg(const Erd& erd);

bool matches_pattern(std::string_view name, std::string_view pattern);

}  // namespace tide
