#pragma once

#include <memory>

#include "migrate/lock.h"

namespace tide {

// A session-level advisory lock. A pooler that hands one session to several clients needs another method: see held().
std::unique_ptr<MigratorLock::Method> advisory_lock(Connection& connection, const LockOptions& options);

// flock(2) on a file beside the database. Never on the database file itself: closing a second descriptor of that would
// drop the POSIX locks that SQLite holds on the first.
std::unique_ptr<MigratorLock::Method> file_lock(const std::string& database, const LockOptions& options);

}  // namespace tide
