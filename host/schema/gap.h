#pragma once

#include <string>
#include <vector>

#include "base/json.h"

namespace tide {

struct GapStatement {
  std::string sql;
  std::string loss;     // what data it takes away: "the rows of users"; empty when none
  std::string caution;  // what a person has to see to before it can run; empty when nothing
};

// The statements that make one schema like another.
struct Gap {
  std::vector<GapStatement> before;  // outside of a transaction, and `after` too
  std::vector<GapStatement> statements;
  std::vector<GapStatement> after;
  std::vector<std::string> unwritten;  // what the statements leave as it is, and why: whole sentences
  bool check_foreign_keys = false;     // SQLite: as the last thing in the transaction
};

// Two snapshots of one engine. What is only in `from` is dropped, what is only in `to` made; a table keeps its rows.
// In an order that the server accepts: what is used stands before what uses it.
Gap plan_gap(const Json& from, const Json& to);

}  // namespace tide
