#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lint/rules.h"
#include "migrate/source.h"

namespace tide {

// The statements of one direction, as they stand in a file.
struct SqlPart {
  std::string text;
  std::string file;
  int line = 1;                        // 1-based line of the text's first character in `file`
  bool transaction = true;             // false under "-- tide:no-transaction"
  std::vector<Silence> silences = {};  // of the part, and of the file's head
};

struct SqlMigration {
  SqlPart up;
  std::optional<SqlPart> down;  // absent when there is none, or when it holds nothing but comments
};

// A SQL file on its own: all of it is up, or what stands under "-- tide:up" and "-- tide:down". A marker is a comment
// that has a line for itself. "-- tide:no-transaction" above the first statement of the file holds for all of it,
// above the first statement of a part for that part; "-- tide:down no-transaction" says the same.
// "-- tide:lint RULE: REASON" silences a rule of `tide lint` for the part it stands in, above the parts for both.
// kConfig with file and line: two parts of one direction, a down without an up, SQL above the first marker, an unknown
// "-- tide:" word or rule, a silence without a reason, no-transaction below a statement, or another tool's markers and
// none of ours.
SqlMigration parse_sql(const std::string& text, const std::string& file);

// VERSION_name.up.sql and .down.sql: each file is its direction, and has no markers.
SqlMigration parse_sql_pair(const MigrationText& text, const std::string& up_file, const std::string& down_file);

}  // namespace tide
