#pragma once

#include <string>
#include <string_view>

namespace tide {

// A qualified name of PostgreSQL taken apart, both parts quoted as they stand. Without a dot outside of quotes it is
// all name.
struct QualifiedName {
  std::string schema;
  std::string name;
};
QualifiedName split_name(std::string_view qualified);
// Without the quotes that SQL needs.
std::string unquoted(std::string_view name);

// As a person would write it: without "public.".
std::string shown_name(std::string_view qualified);
// "varchar(20)" of "character varying(20)", "timestamptz" of "timestamp with time zone".
std::string shown_type(std::string_view type);

}  // namespace tide
