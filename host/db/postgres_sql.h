#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tide/connection.h"

namespace tide {

// BEGIN with its modes, and the timeouts, in one text. kUsage for an isolation level that does not exist.
std::string begin_sql(const TransactionOptions& options);

// Settings, role, temporary tables, prepared statements, cursors and LISTENs as after connecting. Not one
// DISCARD ALL: that releases advisory locks too, and cannot share a text with other statements.
extern const char* const kResetSql;

// "shop.users" is schema and table; a name that holds a double quote is taken as it is.
std::string table_sql(const std::string& table);

std::string copy_in_sql(const std::string& table, const std::vector<std::string>& columns);

// COPY's text begins with it; then comes the query, with its parameters in the text, because COPY takes none.
extern const std::string_view kCopyOutHead;
std::string copy_out_sql(const Statement& query, CsvFormat format);

// The types (oid) of `columns` of `table`, in that order; a domain gives its base type.
std::string column_types_sql(const std::string& table, const std::vector<std::string>& columns);

// Whether a cursor can read it: a query that neither writes nor creates.
bool is_cursor_query(const std::string& sql);

// The highest $n, outside of strings, names and comments.
std::size_t highest_parameter(std::string_view sql);

// The statement with $1, $2 ... replaced outside of strings, names and comments. kUsage for a parameter without value.
std::string inline_parameters(std::string_view sql, const std::vector<Value>& values);

}  // namespace tide
