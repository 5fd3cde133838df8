#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lint/facts.h"
#include "lint/rules.h"

namespace tide {

struct LintStatement {
  std::string sql;
  std::string file;                  // where it is sent from; empty when that is not known
  int line = 0;                      // its first line there
  std::string opaque;                // why it is not looked into: a psql command; empty for SQL
  std::optional<std::int64_t> rows;  // that it changed when it was run; nothing when it was not run
};

// What is applied together: a migration, or a file.
struct LintUnit {
  std::string name;  // "20250101000000 create_users"; a file's name
  std::string file;
  bool transaction = true;   // one around all of it, unless it says BEGIN itself
  bool lock_timeout = true;  // false: the migration has switched it off
  bool complete = true;      // false: it failed, and what it would have sent after that is not known
  std::vector<LintStatement> statements;
  std::vector<Silence> silences;
};

struct LintOptions {
  bool ran = false;       // the database took the statements: they were recorded from a dry run
  double small_rows = 0;  // tables with fewer rows are small; 0 = none is
};

struct Finding {
  const Rule* rule = nullptr;
  std::size_t index = 0;  // of its statement among all of them
  Severity severity = Severity::kAdvice;
  std::string unit;
  std::string file;
  int line = 0;  // the statement's
  std::string statement;
  int position = 0;      // 1-based character in the statement; 0 = all of it
  std::string what;      // happens, and under which lock
  std::string fact;      // what is known here: "users: about 12,000,000 rows, 3.1 GB"
  std::string safe;      // Lua
  std::string silenced;  // the reason; empty when it is not
};

struct LintReport {
  std::vector<Finding> findings;  // as the statements come
  int statements = 0;

  int count(Severity severity) const;  // of those that are not silenced
  int silenced() const;
};

// Parses once, then judges the statements in their order, each by what the ones before it have left.
class Linter {
 public:
  explicit Linter(std::vector<LintUnit> units);
  ~Linter();
  Linter(const Linter&) = delete;
  Linter& operator=(const Linter&) = delete;

  NamesAsked names() const;  // what the statements name, for read_facts
  LintReport judge(const Facts& facts, const LintOptions& options) const;

 private:
  struct Parsed;
  std::vector<LintUnit> units_;
  std::vector<Parsed> parsed_;  // of all statements, in order
};

}  // namespace tide
