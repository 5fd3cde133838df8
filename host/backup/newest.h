#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "backup/session.h"
#include "backup/store.h"

namespace tide {

struct NewestBackup {
  std::optional<StoredBackup> backup;
  std::string why_none;  // for people: what is there, and why it does not count; "" when there is one
};

// Of the backups in `dir`, the newest of the connection's database (identity compared) that holds all of it, is younger
// than `max_age_ms` (0 = any age; counted from before its snapshot was taken) and was proven at least so far. A proof
// counts while the files are those that were proven: what was touched since is hashed again.
NewestBackup newest_verified(const std::string& dir, Connection& connection, std::int64_t max_age_ms, Proof at_least);

}  // namespace tide
