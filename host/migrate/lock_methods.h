#pragma once

#include <memory>

#include "migrate/lock.h"

namespace tide {

// An advisory lock: of a session, or behind a pooler of a transaction. Either keeps out the other.
std::unique_ptr<MigratorLock::Method> advisory_lock(Connection& connection, const LockOptions& options);

// flock(2) on a file beside the database. Never on the database file itself: closing a second descriptor of that would
// drop the POSIX locks that SQLite holds on the first.
std::unique_ptr<MigratorLock::Method> file_lock(const std::string& database, const LockOptions& options);

}  // namespace tide
