#pragma once

#include <string>
#include <vector>

#include "backup/copy.h"
#include "backup/prune.h"
#include "backup/restore.h"
#include "backup/store.h"
#include "backup/verify.h"
#include "base/json.h"

namespace tide {

// What the verbs return, as plain values: for --json and for Lua. A text that is not known is left out.

// {label, path, format, size, sha256, database, engine, environment, server_version, started_at, finished_at, whole,
// tables = [{table, rows}], excluded, proof, proven_at}; of a damaged one {label, path, problem}.
Json backup_json(const StoredBackup& backup);
Json backups_json(const std::vector<StoredBackup>& backups);
// {label, proof, notes, duration_ms}
Json verification_json(const Verification& verification);
// {database, confirmation, size, unreadable, tables = [{table, now, backup}]}
Json loss_json(const Loss& loss);
// {label, database, kept, notes}
Json restoration_json(const Restoration& restoration);
// {removed, kept, kept_as_last_verified}
Json pruned_json(const Pruned& pruned);
// {label, destination}
Json copy_json(const CopyResult& copy);

// What a person reads before it is too late, in whole lines.
std::string loss_text(const Loss& loss, const StoredBackup& backup);

}  // namespace tide
