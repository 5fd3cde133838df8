#pragma once

#include <string>

#include "backup/restore.h"
#include "backup/session.h"
#include "migrate/engine.h"

namespace tide {

class Session;

// The environment of the call and its folder of backups: --dir, or backups/ of the project.
BackupContext backup_context(Session& session);

// Lets scripts and gates find the backups; both live shorter than the session.
void offer_backups(Session& session, EngineOptions& options);

int run_backup_restore(Session& session, const BackupContext& context);

}  // namespace tide
