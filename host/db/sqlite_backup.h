#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "tide/connection.h"

namespace tide {

// Copies the database of a SQLite session, what its WAL holds included, into the new file `path`, which afterwards is
// complete by itself (journal_mode is delete) and closed, not synced. Inside a transaction it is what that transaction
// sees. `progress` gets bytes; it may raise to end the copy. Returns whether the source is in WAL mode.
bool copy_sqlite(Connection& source, const std::string& path,
                 const std::function<void(std::int64_t done, std::int64_t total)>& progress);

// The URL of a file, whatever characters its path has.
std::string sqlite_url(const std::string& path);

}  // namespace tide
