#pragma once

#include <string>

#include "db/sql_scan.h"
#include "migrate/source.h"
#include "tide/migration.h"

namespace tide {

// SHA-256 over the token stream of a migration: the same after an edit of comments, white space or line ends, another
// after any other edit. What a SQL file's "-- tide:" comments decide (its parts, whether it runs in a transaction) and
// the data of a COPY count.
std::string fingerprint(Migration::Kind kind, const MigrationText& text, Dialect dialect);

}  // namespace tide
