#pragma once

#include "base/json.h"
#include "tide/connection.h"

namespace tide {

// Of the database "main", in the transaction that is open. Needs SQLite 3.37.
Json read_sqlite_catalog(Connection& connection);

}  // namespace tide
