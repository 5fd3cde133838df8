#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "backup/session.h"
#include "backup/store.h"

namespace tide {

struct PruneOptions {
  int keep = 0;       // the newest so many of each database; 0 = not by number
  int keep_days = 0;  // and all that are younger; 0 = not by age
  bool dry_run = false;
};

struct Pruned {
  std::vector<std::string> removed;   // labels
  std::vector<std::string> kept;      // labels
  std::vector<std::string> verified;  // labels kept only because they are the last verified ones of their database
};

// What would go, of each database by itself: what neither rule keeps. The newest verified backup of a database stays
// whatever the rules say, and where none is verified, the newest one. Damaged ones are not touched. `now` in ms.
Pruned plan_pruning(const std::vector<StoredBackup>& backups, const PruneOptions& options, std::int64_t now);

// Removes them, and what killed runs left. kUsage without a rule.
Pruned prune_backups(const BackupContext& context, const PruneOptions& options);

}  // namespace tide
