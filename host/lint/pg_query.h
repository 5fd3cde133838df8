#pragma once

#include <string>

#include "base/json.h"

namespace tide {

struct ParsedSql {
  Json tree;         // the statement's node, {"AlterTableStmt": {...}}; null when there is none
  std::string why;   // why there is none; "" for an empty text too
  int position = 0;  // 1-based character of what was not understood
};

// One statement as PostgreSQL's own grammar reads it. Never raises: what is not understood says why.
ParsedSql parse_postgres(const std::string& sql);

int grammar_version();  // of PostgreSQL: 15

}  // namespace tide
