#include "runbooks/heroku_app.h"

#include <filesystem>
#include <sstream>

namespace tide::test {
namespace {

namespace fs = std::filesystem;

const std::string kSource = TIDE_SOURCE_DIR;

constexpr const char* kState = R"json({
  "app": "kustodia", "account": "ann@kustodia.test", "access": ["ann@kustodia.test", "bob@kustodia.test"],
  "formation": {"web": [1, "Standard-1X"], "worker": [2, "Standard-1X"]}, "crashed": [],
  "releases": [{"version": 41, "status": "succeeded", "current": true, "description": "Deploy 1a2b3c4d"}],
  "backups": [], "plan": "Mini", "connections": 20, "config": {}
})json";

// What `NAME.next` holds is what NAME is once the new code runs.
constexpr const char* kHook = R"sh(#!/bin/sh
read old new name
cd "$HOME/.heroku"
echo "$new" >> pushed
for next in *.next; do
  [ ! -f "$next" ] || mv "$next" "${next%.next}"
done
)sh";

}  // namespace

HerokuApp::HerokuApp(const std::string& runbook, const std::string& migrations, const std::string& app)
    : Production(runbook, {runbook}, "app_server", ".heroku"), runbook_(runbook), app_(app) {
  start_again();
  fs::copy(kSource + "/" + migrations, project().path("migrations"),
           fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  write_settings(project().url());
  set_state("state.json", kState);
  set_state("log.txt", "");
  change_app(R"({"app": ")" + app + R"(", "database_url": ")" + project().url() + "\"}");
  make_repository("heroku", "");
  set_state("../heroku.git/hooks/post-receive", kHook);
  fs::permissions(home() + "/heroku.git/hooks/post-receive", fs::perms::owner_all);
}

void HerokuApp::kill_in_the_middle(const std::vector<std::string>& points) const {
  const auto arm = [&](const std::string& point) {
    if (point[0] == '!')
      set_state("trouble", point.substr(1));
    else
      strike(point);
  };
  kill_at_each(
      points, [&](const Args& how) { return run(how); }, arm);
}

void HerokuApp::write_settings(const std::string& url) const {
  project().write("tide.toml", R"(default_env = "production"

[env.production]
url = ")" + url + R"("
protected = true

[secrets]
heroku_database_url = { command = ["heroku", "config:get", "DATABASE_URL", "--app", ")" +
                                   app_ + "\"] }\n");
}

void HerokuApp::connect_as(const std::string& role, const std::string& query) const {
  std::string url = project().url();
  write_settings(url.replace(url.find("postgres@"), 9, role + "@") + query);
  commit("another role");
}

void HerokuApp::undo_deploy() const {
  git({"push", "-q", "--force", "heroku", "HEAD~1:main"});
  heroku();  // takes in what was pushed
  change_app(
      R"({"releases": [{"version": 41, "status": "succeeded", "current": true, "description": "Deploy 1a2b3c4d"}]})");
}

void HerokuApp::deploy_from_elsewhere() const {
  git({"commit", "-q", "--allow-empty", "-m", "elsewhere"});
  git({"push", "-q", "heroku", "HEAD:main"});
  git({"reset", "-q", "--hard", "HEAD~1"});
}

Json HerokuApp::heroku() const {
  test::run({{kSource + "/tests/support/standins/heroku", "auth:whoami"}, env(), project().path()});
  return parse_json(state("state.json"));
}

void HerokuApp::change_app(const std::string& merge) const {
  Json app = Json::parse(state("state.json"));
  app.merge_patch(Json::parse(merge));
  set_state("state.json", app.dump());
}

int HerokuApp::calls(const std::string& command) const {
  std::istringstream lines(state("calls.log"));
  int count = 0;
  for (std::string line; std::getline(lines, line);) count += line == command ? 1 : 0;
  return count;
}

}  // namespace tide::test
