#pragma once

#include <string>
#include <vector>

namespace tide {

// What \dt and its like list. $1 is a LIKE pattern of the name, $2 of the schema. nullptr: the engine has no such
// thing.
struct Listing {
  const char* word;  // "dt"
  const char* title;
  const char* postgres;
  const char* postgres_more;  // with "+"; nullptr = the same
  const char* sqlite;
};
const std::vector<Listing>& listings();

// A part of what \d says of one object: the rows of a table, or lines of text under a title.
struct DescribePart {
  const char* title;  // "" = a table of rows
  const char* sql;    // $1 is the object: its oid on PostgreSQL, its name on SQLite
};
extern const char* const kPostgresFind;  // $1 name, $2 schema, as LIKE patterns -> oid, kind, name
const std::vector<DescribePart>& postgres_parts();
const char* postgres_kind(char relkind);
const std::vector<DescribePart>& sqlite_parts();

// "pub*.us?rs" -> schema and name as LIKE patterns; unquoted text in lower case, as psql folds it.
struct NamePattern {
  std::string name = "%";
  std::string schema = "%";
  bool exact_schema = false;  // the pattern names one
};
NamePattern name_pattern(const std::string& text);

}  // namespace tide
