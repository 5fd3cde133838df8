#pragma once

#include "schema/postgres_parts.h"
#include "schema/postgres_phases.h"

namespace tide {

// Writes what alters an object that is no table (parts aside). What has no statement is refused.
void alter_object(const ObjectChange& change, PostgresPhases& phases, PostgresParts& parts);

}  // namespace tide
