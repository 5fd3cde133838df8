#pragma once

#include <string>
#include <vector>

#include "cli/project.h"

namespace tide::test {

// A project on a database that holds something already, with a runbook whose effects can be counted: maintenance mode
// (a file), a table and a column more, two steps that each add a row and change one that was there, two migrations.
// lib/strike.lua ends the process with SIGKILL, or raises, at the point that the file `strike` names:
// "<step>.<when|begin|mid|end|verify>", steps 1 to 6.
class RunbookProject {
 public:
  static constexpr int kSteps = 6;
  explicit RunbookProject(Engine engine);

  Project& project() { return project_; }
  void strike_at(const std::string& point) { project_.write("strike", point); }
  Outcome run(Args more = {});
  // The database is as it was at the beginning, and nothing of earlier runs is there.
  void clear();
  // Each effect is there once, schema and data are the same as after every other run, and maintenance is off.
  void expect_done();
  // Schema and data are as they were before the run, nothing is applied, and maintenance is off.
  void expect_untouched();
  static std::vector<std::string> points(const std::vector<std::string>& kinds);

 private:
  std::string fingerprint() const;

  Project project_;
  std::string untouched_;
  std::string done_;
  bool is_untouched_ = false;
};

}  // namespace tide::test
