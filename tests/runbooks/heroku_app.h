#pragma once

#include "runbooks/production.h"

namespace tide::test {

// A Production at Heroku, as far as a runbook sees it: the stand-in of the heroku CLI has its app in home()/.heroku,
// and the remote `heroku` deploys what is pushed.
class HerokuApp : public Production {
 public:
  // scripts/RUNBOOK.lua with its folder scripts/RUNBOOK, for the app of this name; `migrations` is a folder of the
  // repository.
  HerokuApp(const std::string& runbook, const std::string& migrations, const std::string& app);

  // Changes state.json: `merge` is a JSON object.
  void change_app(const std::string& merge) const;
  Json heroku() const;                          // state.json, with what was pushed
  int calls(const std::string& command) const;  // of the CLI

  Outcome run(const Args& more = {}, const Env& env = {}) const { return Production::run(runbook_, more, env); }
  // As kill_at_each; the point "!maintenance:on kill-after" is trouble that the CLI makes.
  void kill_in_the_middle(const std::vector<std::string>& points) const;

  void connect_as(const std::string& role, const std::string& query = "") const;  // in tide.toml
  void undo_deploy() const;            // the remote and the app have the code of the beginning
  void deploy_from_elsewhere() const;  // the remote has a commit that is not here

 private:
  void write_settings(const std::string& url) const;

  std::string runbook_;
  std::string app_;
};

}  // namespace tide::test
