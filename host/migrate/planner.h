#pragma once

#include <string>
#include <vector>

#include "tide/migration.h"

namespace tide {

struct UpTarget {
  std::string version;  // version, unique prefix, name or path; "" = the last one
  int count = 0;        // at most so many steps; 0 = all
  bool allow_out_of_order = false;
};
struct DownTarget {
  std::string to;  // what lies above it is reverted; "0" = everything; "" = as `count` says
  int count = 1;
};

// The steps of `up`, lowest version first; none when nothing is pending up to the target. Raises kHistory while a
// problem blocks (see validate), kLock while a migration is running elsewhere, kUsage for a target that does not exist.
Plan plan_up(const std::vector<Migration>& source, const std::vector<HistoryEntry>& history,
             const std::vector<Problem>& problems, const UpTarget& target);

// The steps of `down`, highest applied version first; fewer than `count` when there are no more. A step whose file is
// gone has no source. Raises kHistory when it would have to revert a migration that stopped half-way up, kLock and
// kUsage as above.
Plan plan_down(const std::vector<Migration>& source, const std::vector<HistoryEntry>& history,
               const DownTarget& target);

// The version that `query` means among all that source and history know; kUsage as resolve_version.
std::string find_version(const std::string& query, const std::vector<Migration>& source,
                         const std::vector<HistoryEntry>& history);

}  // namespace tide
