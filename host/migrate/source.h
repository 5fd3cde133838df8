#pragma once

#include <string>
#include <vector>

#include "tide/migration.h"

namespace tide {

// The migrations of a directory, by version; duplicates stand side by side. Every file is read and hashed, none is
// kept; of hundreds, those that ChecksumCache (in .tide/ of the project) has seen as they are now are not read again.
// `directory` is what the user would write, relative to `project_dir` or absolute, and so are the paths of the result.
// Needs no connection: may run on a thread of its own while one is opened. kConfig for a directory that is not there
// (it says which) and for a file that cannot be a migration: one that is empty, a directory, a Lua text that is not
// UTF-8, a .down.sql without its .up.sql.
std::vector<Migration> scan_source(const std::string& directory, const std::string& project_dir);

struct MigrationText {
  std::string up;    // all of it, unless the migration is a pair
  std::string down;  // of a pair
};

// The text that `migration.checksum` was taken of; kIo when the file has changed since.
MigrationText read_source(const Migration& migration, const std::string& project_dir);

}  // namespace tide
