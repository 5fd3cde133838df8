#include "runbooks/heroku_app.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "support/pg_cluster.h"

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

constexpr const char* kStrike = R"lua(
return function(point)
  if fs.exists "record" then fs.append("record", point .. "\n") end
  if not fs.exists "strike" then return end
  local wanted, how = fs.read("strike"):match "^([%w. ]+)(!?)"
  if wanted ~= point then return end
  if how == "!" then error("struck at " .. point) end
  fs.remove "strike"
  shell.sh "kill -9 $PPID"
end
)lua";

constexpr const char* kWrapper = R"lua(
local book, strike = require "book", require "strike"

local function struck(step, at)
  local when, up = step.when, step.up
  step.when = function(run)
    strike(at .. " when")
    return when == nil or when(run)
  end
  if not up then return end
  step.up = function(run)
    strike(at .. " begin")
    up(run)
    strike(at .. " end")
  end
end

for number, phase in ipairs(book.phases) do
  for i = 2, #phase do struck(phase[i], ("%d.%d"):format(number, i - 1)) end
end
return book
)lua";

// Contents of every table of the schema public, whatever the order of its rows.
constexpr const char* kContents =
    "SELECT string_agg(relname || ' ' || coalesce((xpath('/row/h/text()', query_to_xml(format('SELECT md5(string_agg("
    "md5(x::text), '''' ORDER BY md5(x::text))) AS h FROM public.%I x', relname), false, true, '')))[1]::text, '-'), "
    "E'\\n' ORDER BY relname) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace";

}  // namespace

HerokuApp::HerokuApp(const std::string& runbook, const std::string& migrations, const std::string& app)
    : runbook_(runbook), app_(app) {
  const auto all = fs::copy_options::recursive | fs::copy_options::overwrite_existing;
  fs::copy(fs::path(kSource) / "scripts" / runbook, project_.path(), all);
  fs::copy(fs::path(kSource) / migrations, project_.path("migrations"), all);
  std::ifstream script(kSource + "/scripts/" + runbook + ".lua");
  project_.write("lib/book.lua", {std::istreambuf_iterator<char>(script), {}});
  project_.write("lib/strike.lua", kStrike);
  project_.write("scripts/" + runbook + ".lua", kWrapper);
  write_settings(project_.url());
  project_.write(".gitignore", ".tide/\nbackups/\nstrike\nrecord\n");
  set_state("state.json", kState);
  set_state("log.txt", "");
  change_app(R"({"app": ")" + app + R"(", "database_url": ")" + project_.url() + "\"}");
  make_repository();
  serve();
}

void HerokuApp::write_settings(const std::string& url) const {
  project_.write("tide.toml", R"(default_env = "production"

[env.production]
url = ")" + url + R"("
protected = true

[secrets]
heroku_database_url = { command = ["heroku", "config:get", "DATABASE_URL", "--app", ")" +
                                  app_ + "\"] }\n");
}

void HerokuApp::connect_as(const std::string& role, const std::string& query) {
  std::string url = project_.url();
  write_settings(url.replace(url.find("postgres@"), 9, role + "@") + query);
  commit("another role");
}

void HerokuApp::git(Args args) const {
  args.insert(args.begin(), {"git", "-c", "user.name=Ann", "-c", "user.email=ann@kustodia.test"});
  EXPECT_TRUE(exits(test::run({std::move(args), {{"HOME", home_.path()}}, project_.path()}), 0));
}

void HerokuApp::make_repository() const {
  const std::string remote = home_ / "heroku.git";
  git({"init", "-q", "-b", "main"});
  commit("deployed");
  git({"init", "-q", "--bare", "-b", "main", remote});
  git({"remote", "add", "heroku", remote});
  git({"push", "-q", "heroku", "main"});
  commit("to be deployed");
  const std::string hook = home_.write("heroku.git/hooks/post-receive", kHook);
  fs::permissions(hook, fs::perms::owner_all);
}

void HerokuApp::undo_deploy() {
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
  Command command = this->command({});
  command.argv = {kSource + "/tests/support/standins/heroku", "auth:whoami"};
  test::run(std::move(command));
  return parse_json(state("state.json"));
}

void HerokuApp::serve() {
  Command command{{"python3", "-B", kSource + "/tests/support/app_server.py", home_ / ".heroku"}};
  command.timeout = std::chrono::hours(1);
  server_ = std::make_unique<Process>(std::move(command));
  if (!server_->wait_for("ready\n"))
    throw std::runtime_error("the application does not start: " + server_->wait().all());
  port_ = state("port");
}

bool HerokuApp::has_state(const std::string& name) const { return fs::exists(home_ / (".heroku/" + name)); }

void HerokuApp::no_state(const std::string& name) { fs::remove(home_ / (".heroku/" + name)); }

void HerokuApp::change_app(const std::string& merge) {
  Json app = Json::parse(state("state.json"));
  app.merge_patch(Json::parse(merge));
  set_state("state.json", app.dump());
}

Command HerokuApp::command(Args args, const Env& more) const {
  const std::string path =
      kSource + "/tests/support/standins:" + shared_cluster().bin_directory() + ":" + std::getenv("PATH");
  Env env = {{"HOME", home_.path()}, {"PATH", path}};
  for (const auto& [name, value] : more) env[name] = value;
  return project_.command(args, env);
}

Outcome HerokuApp::tide(Args args, const Env& more) const { return test::run(command(std::move(args), more)); }

Outcome HerokuApp::run(Args more, const Env& env) const {
  Args args = {"run", runbook_, "--confirm", "production", "--yes"};
  for (const std::string& input : inputs_) args.insert(args.end(), {"--set", input});
  args.insert(args.end(), more.begin(), more.end());
  return tide(std::move(args), env);
}

void HerokuApp::strike(const std::string& point, bool raise) { project_.write("strike", point + (raise ? "!" : "")); }

std::vector<std::string> HerokuApp::points_passed() const {
  std::vector<std::string> points;
  std::istringstream lines(project_.read("record"));
  for (std::string line; std::getline(lines, line);) {
    if (std::find(points.begin(), points.end(), line) == points.end()) points.push_back(line);
  }
  return points;
}

std::string HerokuApp::database() const { return project_.url().substr(project_.url().rfind('/') + 1); }

void HerokuApp::copy_database(const std::string& name) {
  shared_cluster().value("postgres", "CREATE DATABASE " + name + " TEMPLATE " + database());
}

void HerokuApp::reset_to(const std::string& name) {
  const std::string own = database();
  shared_cluster().drop_database(own);
  shared_cluster().value("postgres", "CREATE DATABASE " + own + " TEMPLATE " + name);
}

std::string HerokuApp::database_state() const {
  const Outcome snapshot = tide({"snapshot"});
  EXPECT_TRUE(exits(snapshot, 0));
  return snapshot.out + project_.value(kContents);
}

int HerokuApp::calls(const std::string& command) const {
  if (!has_state("calls.log")) return 0;
  std::istringstream lines(state("calls.log"));
  int count = 0;
  for (std::string line; std::getline(lines, line);) count += line == command ? 1 : 0;
  return count;
}

}  // namespace tide::test
