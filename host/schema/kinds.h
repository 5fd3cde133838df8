#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tide {

// Names of a snapshot that are more to us than text.
inline constexpr const char* kColumns = "columns";
inline constexpr const char* kUses = "uses";  // of an object: what must be there before it; derived, never compared

// A kind of object, or of parts of one. All there are stand in one table.
struct SchemaKind {
  const char* name;  // as in a snapshot: "materialized_views"
  const char* word;  // for people: "materialized view"
  bool part = false;
};

const std::vector<SchemaKind>& schema_kinds();
const SchemaKind* find_kind(std::string_view name);
// "materialized view" of "materialized_views"; the name itself when it is unknown.
std::string kind_word(std::string_view name);

bool is_view(std::string_view kind);  // materialized ones too

}  // namespace tide
