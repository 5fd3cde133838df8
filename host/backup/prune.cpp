#include "backup/prune.h"

#include "backup/clock.h"
#include "backup/tree.h"
#include "backup/workspace.h"
#include "base/text.h"
#include "sys/file_changes.h"
#include "tide/error.h"

namespace tide {
namespace {

constexpr std::int64_t kDayMs = std::int64_t{24} * 3600 * 1000;

bool is_verified(const StoredBackup& backup) {
  return backup.manifest->whole() && backup.proof && backup.proof->proof >= Proof::kDecompressed;
}

using Group = std::vector<const StoredBackup*>;  // of one database, newest first

std::vector<Group> by_database(const std::vector<StoredBackup>& backups) {
  std::vector<Group> groups;
  for (const StoredBackup& backup : backups) {
    if (!backup.manifest) continue;
    Group* home = nullptr;
    for (Group& group : groups) {
      if (same_place(group.front()->manifest->database, backup.manifest->database)) home = &group;
    }
    if (home == nullptr) home = &groups.emplace_back();
    home->push_back(&backup);
  }
  return groups;
}

const StoredBackup* last_good(const Group& group) {
  for (const StoredBackup* backup : group) {
    if (is_verified(*backup)) return backup;
  }
  return group.front();
}

// In two steps, so that a removal that is cut short leaves nothing that `list` shows.
void remove_backup(const BackupContext& context, const std::string& label) {
  const Workspace workspace(context.dir, label);
  rename_file(cat(context.dir, "/", label), cat(workspace.path(), "/", label));
}

}  // namespace

Pruned plan_pruning(const std::vector<StoredBackup>& backups, const PruneOptions& options, std::int64_t now) {
  Pruned out;
  for (const Group& group : by_database(backups)) {
    const StoredBackup* good = last_good(group);
    for (std::size_t i = 0; i < group.size(); ++i) {
      const std::int64_t age = now - parse_iso_ms(group[i]->manifest->finished_at);
      const bool kept = i < static_cast<std::size_t>(options.keep) || age < options.keep_days * kDayMs;
      if (!kept && group[i] == good) out.verified.push_back(group[i]->label);
      (kept || group[i] == good ? out.kept : out.removed).push_back(group[i]->label);
    }
  }
  return out;
}

Pruned prune_backups(const BackupContext& context, const PruneOptions& options) {
  if (options.keep <= 0 && options.keep_days <= 0) {
    throw Error(ErrorKind::kUsage, "prune needs --keep N or --keep-days D: it removes what neither keeps");
  }
  Pruned plan = plan_pruning(list_backups(context.dir), options, now_ms());
  if (options.dry_run) return plan;
  sweep_leftovers(context.dir);
  for (const std::string& label : plan.removed) remove_backup(context, label);
  return plan;
}

}  // namespace tide
