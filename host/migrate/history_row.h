#pragma once

#include <string>
#include <string_view>

#include "tide/connection.h"
#include "tide/migration.h"

namespace tide {

// How cells of the history are read, whichever engine keeps them.

std::string text_at(Cursor& row, std::size_t column);  // "" for NULL
bool bool_at(Cursor& row, std::size_t column);
// ISO text, UTC; the cell is such a text or milliseconds since 1970.
std::string time_at(Cursor& row, std::size_t column);

// How the history writes the kind of a migration. What is neither "lua" nor "sql" is read as kLua.
const char* kind_text(Migration::Kind kind);
Migration::Kind kind_of(std::string_view text);

}  // namespace tide
