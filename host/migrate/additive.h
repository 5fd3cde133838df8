#pragma once

#include <map>
#include <string>
#include <vector>

#include "tide/connection.h"

namespace tide {

// The objects of a database that `additive_only` protects: relations, columns, indexes, constraints, functions,
// triggers, policies, types and their labels, by "kind name"; for a column its type and whether it takes NULL.
using Catalog = std::map<std::string, std::string>;

Catalog read_catalog(Connection& connection);

// One sentence for each thing of `before` that `after` lacks, or that takes less: a narrower column type, a column that
// no longer takes NULL. Types that only got wider (integer to bigint, varchar(10) to varchar(20) or text, more digits)
// are fine. Empty when everything is still there. Pure.
std::vector<std::string> find_losses(const Catalog& before, const Catalog& after);

}  // namespace tide
