#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tide/value.h"

namespace tide {

// A value as PostgreSQL's text input takes it, for a parameter. Of Null it is "" (a NULL is not text).
std::string encode_text(const Value& value);

// A value as SQL that means exactly this value, with its type. kSql for a text with a NUL byte.
std::string postgres_literal(const Value& value);

// As a quoted literal without a type, so that the server infers one as it does for a parameter.
std::string postgres_untyped_literal(const Value& value);

// Quoted unless it is a plain lower-case word that is no keyword. kSql for an empty name or one with a NUL byte.
std::string postgres_ident(std::string_view name);

// True when `value` is or holds a string whose bytes decide how it must be sent.
bool text_is_ambiguous(const Value& value);

// The value with its strings as Bytes where the type `oid` is bytea or bytea[]; otherwise the value, once its
// strings are known to be text that PostgreSQL can hold: kSql naming `what` when they are not.
Value as_type(const Value& value, std::uint32_t oid, const std::string& what);

// One field of a line in COPY's text format, without the separator.
void append_copy_field(std::string& out, const Value& value);
void append_copy_field(std::string& out, const Cell& cell);

// "\x" and two digits a byte.
std::string hex_bytea(std::string_view bytes);

}  // namespace tide
