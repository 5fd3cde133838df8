#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tide/value.h"

namespace tide {

// What a PostgreSQL type becomes. Arrays carry what their elements are, and the character between two of them.
struct PgType {
  Cell::Kind kind = Cell::Kind::kText;
  Cell::Kind element = Cell::Kind::kText;
  char delimiter = ',';
};

// Fills `type` for the types whose meaning is fixed; false for one that only the catalog knows.
bool builtin_type(std::uint32_t oid, PgType& type);

// One not-null value in text format. bytea is decoded into `scratch`, which must live as long as the cell; the text
// of an array is its literal.
Cell decode_cell(const PgType& type, std::string_view text, std::string& scratch);

// '{1,NULL,"a b"}', nested and with bounds ("[0:1]={1,2}"), whose elements are of `type.element`. kInternal when it is
// not an array literal.
Value decode_array(const PgType& type, std::string_view literal);

// bytea as the server writes it, in hex ("\x00ff") or in escape format. kInternal when it is neither.
void decode_bytea(std::string_view text, std::string& out);

}  // namespace tide
