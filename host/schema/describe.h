#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "schema/diff.h"
#include "schema/gap_script.h"

namespace tide {

// "table users: column phone is varchar(20) in dev and text in production"
std::string describe(const SchemaChange& change, const SchemaSides& sides);

// { "change": "differs" | "only_in_a" | "only_in_b", "kind": "table", "name": "public.users", "part_kind": "column",
//   "part": "phone", "property": "type", "a": ..., "b": ..., "text": the sentence }; what does not apply is left out.
Json differences_json(const std::vector<SchemaChange>& changes, const SchemaSides& sides);

}  // namespace tide
