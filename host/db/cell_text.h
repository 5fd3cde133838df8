#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "tide/connection.h"

namespace tide {

// The cell of the current row as PostgreSQL writes it as text: t and f, \x and hex digits, {1,2}, floats in the
// shortest form that reads back. Appends nothing for NULL.
void append_cell_text(std::string& out, Cursor& row, std::size_t column, const Cell& cell);

// One field of CSV (RFC 4180) as COPY ... (FORMAT csv) writes it. `alone`: its line has no other. NULL is no field: an
// empty text is written as "".
void append_csv_field(std::string& out, std::string_view text, bool alone);

// Every row of `cursor` as CSV, one call a line, each ending in a newline. Returns the number of data rows.
std::int64_t write_csv(Cursor& cursor, bool header, const std::function<void(std::string_view)>& write);

}  // namespace tide
