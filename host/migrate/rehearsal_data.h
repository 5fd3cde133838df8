#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tide/connection.h"

namespace tide {

// What stands in a table, whatever the order of its rows and columns: digests that differ where the rows do.
struct TableData {
  std::int64_t rows = 0;
  std::string all;                             // of the rows
  std::map<std::string, std::string> columns;  // of each column by itself
};
using DataState = std::map<std::string, TableData>;  // by table, with its schema; on SQLite the bare name

// Of the tables named, or of all: each is read once from end to end. Tables of tide and of the system are left out, and
// what has rows elsewhere (views, partitioned and foreign tables). Sends internal statements.
DataState read_data(Connection& connection, const std::optional<std::set<std::string>>& only);

// One sentence for each of these tables that is there in both and holds something else; a table whose columns are not
// the same is the schema's matter. `only`: these tables.
std::vector<std::string> data_differences(const DataState& before, const DataState& after,
                                          const std::optional<std::set<std::string>>& only);

}  // namespace tide
