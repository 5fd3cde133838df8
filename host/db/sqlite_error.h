#pragma once

#include <string>

#include "tide/error.h"

struct sqlite3;

namespace tide {

// The failure that `db` has just reported with the extended code `rc`, with the SQLSTATE that the same failure has on
// PostgreSQL. `detail` is SQLite's own name of the code.
Error sqlite_failure(sqlite3* db, int rc, const std::string& sql);

}  // namespace tide
