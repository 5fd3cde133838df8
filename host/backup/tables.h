#pragma once

#include <string>
#include <vector>

#include "backup/manifest.h"
#include "backup/session.h"

namespace tide {

// What a dump of the database holds: tables with rows of their own, and what is left out.
struct TableList {
  std::vector<TableRows> tables;    // not counted yet, by schema and name
  std::vector<TableRows> selected;  // when only some are wanted: these, and the partitioned tables among them
  std::vector<std::string> excluded;
};

// In the session's transaction. `wanted`: only these ("users", "shop.users"; a partitioned one with its partitions);
// empty = all. kUsage for one that is not there, kSql (42501) naming every table that may not be read whole.
TableList list_tables(const BackupSession& session, const std::vector<std::string>& wanted);
// Fills in the rows.
void count_tables(const BackupSession& session, std::vector<TableRows>& tables);

// One line for each table that is missing, was not expected, or has other rows; none when all are equal.
std::vector<std::string> table_differences(const std::vector<TableRows>& expected, const std::vector<TableRows>& found);

}  // namespace tide
