#pragma once

#include <string>
#include <vector>

#include "tide/connection.h"

namespace tide {

// What a migration without a transaction may leave half made on PostgreSQL, for people: "invalid index public.a_idx",
// "constraint public.t.t_check, not validated", "partition public.t_1 of public.t, half detached". Empty on SQLite,
// which has neither.
std::vector<std::string> unfinished_objects(Connection& connection);
// Those whose name `source` does not hold. What a migration names is its own, also when an earlier attempt left it so.
std::vector<std::string> unfinished_of_others(Connection& connection, const std::string& source);

}  // namespace tide
