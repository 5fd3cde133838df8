#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/struck.h"
#include "support/python_server.h"

namespace tide::test {

// What a runbook of deployment finds: a folder scripts/FOLDER of the repository as a project with the environment
// `production`, protected, on a database of its own; a git repository whose remote is a commit behind; an application
// (a server of tests/support) that is as files say; the stand-ins first on the PATH.
//
// The runbooks are struck: see cli/struck.h.
class Production {
 public:
  Production(const Production&) = delete;
  Production& operator=(const Production&) = delete;

  const Project& project() const { return project_; }
  const std::string& home() const { return home_.path(); }
  const std::string& url() const { return url_; }  // of the application
  const std::string& database() const { return project_.database(); }

  // The files that say how the application is; "" when there is none.
  std::string state(const std::string& name) const;
  bool has_state(const std::string& name) const;
  void set_state(const std::string& name, const std::string& text) const { home_.write(state_ + "/" + name, text); }
  void no_state(const std::string& name) const;
  bool in_maintenance() const { return has_state("maintenance"); }

  // Writes `text` into a file of the project, behind the first `place`.
  void insert(const std::string& file, const std::string& place, const std::string& text) const;
  // `git` in the project's folder, or another; what it says.
  std::string git(Args args, const std::string& folder = "") const;
  void commit(const std::string& what) const;

  Outcome tide(Args args, const Env& more = {}) const;
  // tide run RUNBOOK with the inputs, and answers for all that it asks.
  Outcome run(const std::string& runbook, Args more = {}, const Env& more_env = {}) const;
  void environment(Env environment) { environment_ = std::move(environment); }
  void inputs(Args inputs) { inputs_ = std::move(inputs); }

  void strike(const std::string& point, bool raise = false) const { test::strike(project_, point, raise); }
  void calm() const { test::calm(project_); }
  void kill_at_each(const std::vector<std::string>& points, const RunWith& run, Arm arm = {}) const {
    test::kill_at_each(project_, points, run, std::move(arm));
  }

  // A file of tests/support/seeds, which gets scripts/FOLDER as FOLDER, into the database.
  void seed(const std::string& file) const;
  // From now on the database is at the start what it is now.
  void keep_database();
  // Schema, and the rows of every table but those of the history's times: of `history`, a table, only `columns` count.
  std::string database_state(const std::string& history = "", const std::string& columns = "") const;
  std::string sql(const std::string& statement) const { return project_.value(statement); }

 protected:
  // The server's files are in home()/STATE.
  Production(std::string folder, std::vector<std::string> runbooks, const std::string& server, std::string state);
  ~Production();

  Env env(const Env& more = {}) const;
  // Project, home and database are as at the start, without a repository.
  void start_again() const;
  // A bare repository home()/REMOTE.git has what is here; what is here is a commit ahead.
  void make_repository(const std::string& remote, const std::string& ignored) const;

 private:
  void write_files() const;

  std::string folder_;
  std::vector<std::string> runbooks_;
  Project project_{Engine::kPostgres};
  TempDir home_;
  std::string state_;
  PythonServer server_;
  std::string url_;
  std::string kept_;
  Env environment_;
  Args inputs_;
};

Args with(Args args, const Args& more);

// The runbook refused to begin, and said all of this.
void expect_refused(const Outcome& outcome, const std::vector<std::string>& parts);

// A suite whose tests share one App, which it makes.
template <class App>
class SharedApp : public testing::Test {
 protected:
  static void TearDownTestSuite() { shared_.reset(); }
  static App& app() { return *shared_; }

  inline static std::unique_ptr<App> shared_;
};

}  // namespace tide::test
