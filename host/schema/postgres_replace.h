#pragma once

#include <map>
#include <set>
#include <string>

#include "schema/objects.h"
#include "schema/postgres_parts.h"
#include "schema/postgres_phases.h"

namespace tide {

using ObjectChanges = std::map<std::string, ObjectChange>;  // by key; objects in both snapshots that differ

// The objects in both snapshots that are dropped and made again: views and functions that cannot be altered to what
// they should be, and those that stand in the way of something else. What cannot give way is refused.
std::set<std::string> choose_replaced(const SchemaObjects& from, const SchemaObjects& to, const ObjectChanges& changes,
                                      PostgresPhases& phases);

// Whether CREATE OR REPLACE makes the one function or view the other.
bool can_replace(const SchemaObject& from, const SchemaObject& to);

}  // namespace tide
