#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"

namespace tide {

// One thing that is not the same in two snapshots.
struct SchemaChange {
  enum class How : std::uint8_t { kOnlyInA, kOnlyInB, kDiffers };
  How how = How::kDiffers;
  std::string kind;        // "tables"
  std::string object;      // "public.users"
  std::string collection;  // "columns" when it is about a part of the object; empty otherwise
  std::string part;        // "phone"
  std::string property;    // kDiffers: "type"
  // The value in A and in B: of the property, or of the whole object or part; null where there is none. Both point into
  // the snapshots that were compared.
  const Json* a = nullptr;
  const Json* b = nullptr;
};

// The one that is there, the first when both are.
const Json& either(const Json* a, const Json* b);

// Everything that differs, sorted by kind, object, part and property. Not compared: the order of columns, the server's
// version, what only repeats something else (an index that a constraint made, what an object uses, the CREATE TABLE of
// SQLite), and owners and privileges unless both snapshots have them. On SQLite the spacing of SQL text is no
// difference. kUsage for snapshots of two engines.
std::vector<SchemaChange> diff_snapshots(const Json& a, const Json& b);

}  // namespace tide
