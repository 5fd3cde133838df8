#pragma once

#include <string>
#include <vector>

#include "cli/project.h"

namespace tide::test {

// A project with a runbook whose effects can be counted: maintenance mode (a file), a table, four rows each of which a
// step adds, two migrations, a row more. lib/strike.lua ends the process with SIGKILL, or raises, at the point that the
// file `strike` names: "<step>.<when|begin|mid|end|verify>", steps 1 to 6.
class RunbookProject {
 public:
  static constexpr int kSteps = 6;
  explicit RunbookProject(Engine engine);

  Project& project() { return project_; }
  void strike_at(const std::string& point) { project_.write("strike", point); }
  Outcome run(Args more = {}) const;
  // Nothing of the runbook is there, and nothing of earlier runs.
  void clear();
  // Each effect is there once, and maintenance is off.
  void expect_done() const;
  // Nothing of it is there.
  void expect_untouched() const;
  static std::vector<std::string> points(const std::vector<std::string>& kinds);

 private:
  Project project_;
};

}  // namespace tide::test
