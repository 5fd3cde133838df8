#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/project.h"

namespace tide::test {

// What a runbook of deployment finds: a folder scripts/FOLDER of the repository as a project with the environment
// `production`, protected, on a database of its own; a git repository with a remote `origin`; an application behind a
// router (app_server.py) whose files are in home()/.application; an empty scratch database; the stand-ins first on the
// PATH, with their state in .standins/.
//
// The runbooks are wrapped, so that a run ends with SIGKILL, or raises, at a point of a test's choice: see strike().
class DeployedApp {
 public:
  // `seed` is a file of tests/support/seeds that makes the database, empty without; psql hands it scripts/FOLDER as
  // FOLDER.
  DeployedApp(std::string folder, std::vector<std::string> runbooks, const std::string& seed);
  ~DeployedApp();
  DeployedApp(const DeployedApp&) = delete;
  DeployedApp& operator=(const DeployedApp&) = delete;

  // All as it was at the start; the processes stay.
  void reset();
  void psql(const std::string& seed, const std::string& url) const;
  // From now on the database is at the start what it is now.
  void keep_database() const;

  const Project& project() const { return project_; }
  std::string home() const { return home_.path(); }
  std::string url() const { return "http://127.0.0.1:" + port_; }
  std::string scratch_url() const;
  std::string database() const;

  void app(const std::string& name, const std::string& text) const { home_.write(".application/" + name, text); }
  bool app_has(const std::string& name) const;
  void stand_in(const std::string& name, const std::string& text) const { project_.write(".standins/" + name, text); }
  int calls(const std::string& command) const;  // calls of stand-ins that begin so: "pm2 restart"

  // `git` in the project's folder, or another.
  std::string git(Args args, const std::string& folder = "") const;
  void commit(const std::string& what) const;

  Outcome tide(Args args, const Env& more = {}) const;
  Outcome run(const std::string& runbook, Args more = {}, const Env& env = {}) const;
  void environment(Env env) { environment_ = std::move(env); }
  void inputs(Args inputs) { inputs_ = std::move(inputs); }

  // The run ends with SIGKILL, or raises, once, at "3.2 when" (before step 3.2 begins) or "3.2 end" (when it has done
  // its work, which nobody has written down).
  void strike(const std::string& point, bool raise = false) const;
  void calm() const;
  std::vector<std::string> points() const;  // that the runs so far have passed, in order

  // Schema, and the rows of every table of the schema public but those of the history's times.
  std::string database_state(const std::string& history_columns = "") const;
  std::string sql(const std::string& statement) const { return project_.value(statement); }

 private:
  void write_files() const;
  void make_repository() const;
  void copy_database() const;

  std::string folder_;
  std::vector<std::string> runbooks_;
  std::string seed_;
  Project project_{Engine::kPostgres};
  TempDir home_;
  std::string scratch_;
  std::unique_ptr<Process> server_;
  std::string port_;
  Env environment_;
  Args inputs_;
};

// Killed by a signal, and not ended by itself.
testing::AssertionResult is_killed(const Outcome& outcome);

}  // namespace tide::test
