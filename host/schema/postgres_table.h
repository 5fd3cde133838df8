#pragma once

#include <set>
#include <string>

#include "schema/postgres_parts.h"
#include "schema/postgres_phases.h"

namespace tide {

// The columns that an alteration gives another type, drops or generates anew: what refers to them is in its way.
std::set<std::string> disturbed_columns(const ObjectChange& change);
std::set<std::string> retyped_columns(const ObjectChange& change);

// Writes what alters a table and its columns; of its parts only those that stand in the way are touched.
void alter_table(const ObjectChange& change, PostgresPhases& phases, PostgresParts& parts);

}  // namespace tide
