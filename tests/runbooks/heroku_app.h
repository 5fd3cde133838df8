#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/project.h"

namespace tide::test {

// An app at Heroku, as far as a runbook sees it: the heroku CLI's stand-in first on the PATH, with its app in HOME; the
// application behind a router (app_server.py); a git repository whose remote `heroku` deploys what is pushed; a project
// with the environment `production`, protected, on a database of its own.
//
// The runbook under test is wrapped, so that it ends with SIGKILL, or raises, at a point of a test's choice: see
// strike().
class HerokuApp {
 public:
  // scripts/RUNBOOK.lua with its folder scripts/RUNBOOK, for the app of this name; `migrations` is a folder of the
  // repository.
  HerokuApp(const std::string& runbook, const std::string& migrations, const std::string& app);

  Project& project() { return project_; }
  const std::string& home() const { return home_.path(); }
  std::string state(const std::string& name) const { return home_.read(".heroku/" + name); }
  bool has_state(const std::string& name) const;
  void set_state(const std::string& name, const std::string& text) { home_.write(".heroku/" + name, text); }
  // Changes state.json: `merge` is a JSON object.
  void change_app(const std::string& merge);
  void no_state(const std::string& name);

  Outcome tide(Args args, const Env& more = {}) const;
  Command command(Args args, const Env& more = {}) const;
  Outcome run(Args more = {}, const Env& env = {}) const;  // tide run RUNBOOK, with the inputs and answers it needs
  void inputs(Args inputs) { inputs_ = std::move(inputs); }
  std::string url() const { return "http://127.0.0.1:" + port_; }

  // The run's process is killed at the point "PHASE.STEP when|begin|end", once; or it raises there until calm().
  void strike(const std::string& point, bool raise = false);
  void calm() { project_.remove("strike"); }
  // The points that a run passes, in order; run() of a dry run of that kind has written them.
  std::vector<std::string> points_passed() const;

  // The database: made anew as a copy of a template that stays for the process.
  void copy_database(const std::string& name);
  void reset_to(const std::string& name);
  // Schema (as `tide snapshot` says it) and the contents of every table of the schema public.
  std::string database_state() const;
  int calls(const std::string& command) const;
  bool in_maintenance() const { return has_state("maintenance"); }
  std::string database() const;

  void commit(const std::string& what) const { git({"add", "-A"}), git({"commit", "-q", "--allow-empty", "-m", what}); }
  void connect_as(const std::string& role, const std::string& query = "");  // in tide.toml
  void undo_deploy();                  // the remote and the app have the code of the beginning
  void deploy_from_elsewhere() const;  // the remote has a commit that is not here
  Json heroku() const;                 // state.json, with what was pushed

 private:
  void write_settings(const std::string& url) const;
  void make_repository() const;
  void git(Args args) const;
  void serve();

  Project project_{Engine::kPostgres};
  TempDir home_;
  std::string runbook_;
  std::string app_;
  Args inputs_;
  std::unique_ptr<Process> server_;
  std::string port_;
};

}  // namespace tide::test
