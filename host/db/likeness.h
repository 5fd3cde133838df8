#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tide/connection.h"

namespace tide {

// As what the values of two columns are held against each other, whichever engine they come from.
enum class Likeness : std::uint8_t {
  kText,     // the same text
  kPadded,   // the same text but for spaces at its end: char(n)
  kNumber,   // the same number: 1, 1.0 and 1e0
  kBool,     // true or false: t, 1
  kBytes,    // the same bytes, a text being its own
  kTime,     // the same instant; without a zone it is UTC
  kUuid,     // the same digits
  kJson,     // the same document, whatever the order of its members
  kStored,   // the same value, a BLOB never being a text
  kIgnored,  // not compared
};

// "text", "number" ...; kInternal for another word.
Likeness likeness_named(std::string_view name);

// Appends a text that is the same for values that are alike, and where it begins and ends whatever follows. NULL is
// like NULL only.
void append_likeness(std::string& out, Cursor& row, std::size_t column, Likeness likeness);

}  // namespace tide
