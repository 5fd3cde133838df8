#pragma once

#include <string>
#include <vector>

#include "cli/struck.h"

namespace tide::test {

// A project on a database that holds something already, with a runbook whose effects can be counted: maintenance mode
// (a file), a table and a column more, two steps that each add a row and change one that was there, two migrations.
// It is struck (see cli/struck.h), also at "<step> mid".
class RunbookProject {
 public:
  explicit RunbookProject(Engine engine);

  const Project& project() const { return project_; }
  Outcome run(Args more = {});
  // The database is as it was at the beginning, and nothing of earlier runs is there.
  void clear();
  // Each effect is there once, schema and data are the same as after every other run, and maintenance is off.
  void expect_done();
  // Schema and data are as they were before the run, nothing is applied, and maintenance is off.
  void expect_untouched();
  // Of these kinds, of every step.
  static std::vector<std::string> points(const std::vector<std::string>& kinds);

 private:
  std::string fingerprint() const;

  Project project_;
  std::string untouched_;
  std::string done_;
  bool is_untouched_ = false;
};

}  // namespace tide::test
