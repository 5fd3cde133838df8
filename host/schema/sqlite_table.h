#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tide {

// What of a table stands nowhere but in the text of its CREATE TABLE.
struct SqliteTable {
  // Byte offsets in the text; both 0 where there is nothing.
  struct Span {
    std::size_t begin = 0;
    std::size_t end = 0;
  };
  struct Column {
    std::string name;
    std::string collation;
    std::string generated;  // its expression
    Span span;              // the whole definition
    Span type;              // empty, behind the name, where there is none
    Span not_null;
    Span otherwise;  // DEFAULT and its value
  };
  struct Constraint {
    std::string name;        // its definition, when it was given none
    std::string type;        // "primary key", "unique", "check", "foreign key"
    std::string definition;  // as a constraint of the table, spaced alike however it was written
    std::vector<std::string> columns;
    std::string references;
    std::vector<std::string> referenced_columns;  // empty: its primary key
    Span span;                                    // with CONSTRAINT and its name
    std::string column;                           // at which it is written; empty: of the table
    std::string given_name;
  };
  std::vector<Column> columns;
  std::vector<Constraint> constraints;
  Span name;
  Span body;  // what stands between the parentheses
  bool autoincrement = false;
};

// The text as sqlite_schema keeps it. Never fails: what it does not understand is left out.
SqliteTable parse_sqlite_table(std::string_view sql);

// The text with another name for the table.
std::string renamed_sqlite_table(std::string_view sql, const std::string& name);

// A statement or expression on one line, its tokens spaced alike however it was written.
std::string tidy_sqlite(std::string_view sql);

// The same, with names bare that need no quotes: ALTER TABLE ... RENAME puts some around what it writes. For comparing.
std::string comparable_sqlite(std::string_view sql);

}  // namespace tide
