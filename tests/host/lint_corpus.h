#pragma once

#include <vector>

namespace tide::test {

// A database that is in use: every table of it is there, analyzed, and holds rows.
extern const char* const kLintSchema;

struct LintCase {
  const char* sql;    // one unit, its statements separated by semicolons
  const char* rules;  // every finding, in the order of the statements, separated by blanks; "" for none
  bool transaction = true;
};

extern const std::vector<LintCase> kDangerous;
extern const std::vector<LintCase> kAdvised;
extern const std::vector<LintCase> kHarmless;

}  // namespace tide::test
