#pragma once

#include <memory>
#include <string>

#include "base/json.h"
#include "cli/error_screen.h"
#include "lint/lint.h"
#include "tide/error.h"

namespace tide {

struct LintResult {
  std::string environment;  // "" when no database was asked
  LintReport report;
  std::shared_ptr<const Error> error;  // of the dry run; what it had sent until then was judged
};

// As a compiler says it: place, rule, the statement with a caret, what happens, the safe way.
std::string lint_text(const LintReport& report, const ScreenOptions& options);
// "3 dangers, 1 advice, 2 silenced in 14 statements"
std::string lint_summary(const LintReport& report);
// {environment, statements, dangers, advice, silenced, findings, error}
Json lint_json(const LintResult& result);

}  // namespace tide
