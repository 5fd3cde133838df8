#include "runbooks/deployed_app.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <stdexcept>

#include "support/pg_cluster.h"

namespace tide::test {
namespace {

namespace fs = std::filesystem;

const std::string kSource = TIDE_SOURCE_DIR;
const std::string kStandIns = kSource + "/tests/support/standins";

constexpr const char* kStrike = R"lua(
return function(point)
  fs.append("points", point .. "\n")
  if not fs.exists "strike" then return end
  local wanted, how = fs.read("strike"):match "^([^!]*)(!?)$"
  if wanted ~= point then return end
  if how == "!" then error("struck at " .. point) end
  fs.remove "strike"
  shell.sh "kill -9 $PPID"
end
)lua";

constexpr const char* kStruck = R"lua(
local strike = require "strike"
local original = require "original_NAME"

local function struck(step, key)
  local when, up, hold = step.when, step.up, step.hold
  step.when = function(run)
    strike(key .. " when")
    return when == nil or when(run)
  end
  if up then
    step.up = function(run)
      up(run)
      strike(key .. " end")
    end
  end
  if type(hold) == "function" then
    step.hold = function(run)
      local holds, seen = hold(run)
      if holds then strike(key .. " end") end
      return holds, seen
    end
  end
end

for i, phase in ipairs(original.phases) do
  for j = 2, #phase do struck(phase[j], ("%d.%d"):format(i, j - 1)) end
end
return original
)lua";

std::string must(const Outcome& outcome, const char* what) {
  if (outcome.code != 0) throw std::runtime_error(std::string(what) + ": " + outcome.all());
  return outcome.out.substr(0, outcome.out.find_last_not_of('\n') + 1);
}

void clear(const std::string& folder) {
  for (const auto& entry : fs::directory_iterator(folder)) fs::remove_all(entry.path());
}

std::string identifier(const std::string& name) { return "\"" + name + "\""; }

}  // namespace

DeployedApp::DeployedApp(std::string folder, std::vector<std::string> runbooks, const std::string& seed)
    : folder_(std::move(folder)),
      runbooks_(std::move(runbooks)),
      seed_(folder_ + "_seed_" + std::to_string(getpid())),
      scratch_(folder_ + "_scratch_" + std::to_string(getpid())) {
  shared_cluster().create_database(scratch_);
  const std::string url = shared_cluster().create_database(seed_);
  if (!seed.empty()) psql(seed, url);
  fs::create_directories(home_ / ".application");
  Command command{{"python3", "-B", kSource + "/tests/support/app_server.py", home_ / ".application"}};
  command.timeout = std::chrono::hours(1);
  server_ = std::make_unique<Process>(std::move(command));
  if (!server_->wait_for("ready\n"))
    throw std::runtime_error("the application does not start: " + server_->wait().all());
  port_ = home_.read(".application/port");
  reset();
}

DeployedApp::~DeployedApp() {
  shared_cluster().drop_database(scratch_);
  shared_cluster().drop_database(seed_);
}

void DeployedApp::psql(const std::string& seed, const std::string& url) const {
  must(test::run({{"psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-v", "FOLDER=" + kSource + "/scripts/" + folder_, "-f",
                   kSource + "/tests/support/seeds/" + seed, url}}),
       "the seed");
}

void DeployedApp::write_files() const {
  fs::copy(kSource + "/scripts/" + folder_, project_.path(), fs::copy_options::recursive);
  fs::create_directories(project_.path("scripts"));
  for (const std::string& name : runbooks_) {
    fs::copy_file(kSource + "/scripts/" + name + ".lua", project_.path("lib/original_" + name + ".lua"));
    std::string struck = kStruck;
    struck.replace(struck.find("NAME"), 4, name);
    project_.write("scripts/" + name + ".lua", struck);
  }
  std::string settings = project_.read("tide.toml");
  const std::string scripts = "\"..\"";
  settings.replace(settings.find(scripts), scripts.size(), "\"scripts\"");
  project_.write("tide.toml", settings);
  project_.write("lib/strike.lua", kStrike);
  project_.write(".gitignore", ".tide/\n.standins/\nbackups/\npoints\nstrike\nnode_modules/\n*.db\n");
}

std::string DeployedApp::git(Args args, const std::string& folder) const {
  args.insert(args.begin(), {"git", "-c", "user.name=Ann", "-c", "user.email=ann@app.test"});
  return must(test::run({std::move(args), {{"HOME", home_.path()}}, folder.empty() ? project_.path() : folder}), "git");
}

void DeployedApp::commit(const std::string& what) const {
  git({"add", "-A"});
  git({"commit", "-q", "--allow-empty", "-m", what});
  git({"push", "-q", "origin", "main"});
}

// The remote, and what is here, are a commit ahead of what is deployed.
void DeployedApp::make_repository() const {
  git({"init", "-q", "-b", "main"});
  git({"init", "-q", "--bare", "-b", "main", home_ / "origin.git"});
  git({"remote", "add", "origin", home_ / "origin.git"});
  commit("deployed");
  fs::create_directories(project_.path(".standins/remote"));
  git({"clone", "-q", home_ / "origin.git", project_.path(".standins/remote/backend")});
  commit("to be deployed");
}

void DeployedApp::reset() {
  for (const char* folder : {"origin.git", ".tide"}) fs::remove_all(home_ / folder);
  clear(project_.path());
  clear(home_ / ".application");
  write_files();
  make_repository();
  copy_database();
}

void DeployedApp::copy_database() const {
  shared_cluster().value("postgres", "DROP DATABASE IF EXISTS " + identifier(database()) + " WITH (FORCE)");
  shared_cluster().value("postgres", "CREATE DATABASE " + identifier(database()) + " TEMPLATE " + identifier(seed_));
}

void DeployedApp::keep_database() const {
  shared_cluster().drop_database(seed_);
  shared_cluster().value("postgres", "CREATE DATABASE " + identifier(seed_) + " TEMPLATE " + identifier(database()));
}

std::string DeployedApp::scratch_url() const { return shared_cluster().url(scratch_); }

std::string DeployedApp::database() const { return project_.url().substr(project_.url().rfind('/') + 1); }

bool DeployedApp::app_has(const std::string& name) const { return fs::exists(home_ / (".application/" + name)); }

int DeployedApp::calls(const std::string& command) const {
  int count = 0;
  for (const char* log :
       {".standins/calls", ".standins/remote/.standins/calls", ".standins/remote/backend/.standins/calls"}) {
    if (!project_.has(log)) continue;
    std::istringstream lines(project_.read(log));
    for (std::string line; std::getline(lines, line);) {
      std::string words;
      for (const auto& word : Json::parse(line)) words += word.get<std::string>() + " ";
      count += words.rfind(command + " ", 0) == 0 ? 1 : 0;
    }
  }
  return count;
}

Outcome DeployedApp::tide(Args args, const Env& more) const {
  Env env = {{"HOME", home_.path()},
             {"PATH", kStandIns + ":" + fs::path(TIDE_BINARY).parent_path().string() + ":" + std::getenv("PATH")}};
  for (const auto& [name, value] : environment_) env[name] = value;
  for (const auto& [name, value] : more) env[name] = value;
  args.insert(args.end(), {"--confirm", "production"});
  Command command = project_.command(args, env);
  command.timeout = std::chrono::minutes(3);
  return test::run(std::move(command));
}

Outcome DeployedApp::run(const std::string& runbook, Args more, const Env& env) const {
  Args args = {"run", runbook, "--yes"};
  for (const std::string& input : inputs_) args.insert(args.end(), {"--set", input});
  args.insert(args.end(), more.begin(), more.end());
  return tide(args, env);
}

void DeployedApp::strike(const std::string& point, bool raise) const {
  project_.write("strike", point + (raise ? "!" : ""));
}

void DeployedApp::calm() const { fs::remove(project_.path("strike")); }

std::vector<std::string> DeployedApp::points() const {
  std::vector<std::string> found;
  if (!project_.has("points")) return found;
  std::istringstream lines(project_.read("points"));
  for (std::string line; std::getline(lines, line);) {
    if (std::find(found.begin(), found.end(), line) == found.end()) found.push_back(line);
  }
  return found;
}

std::string DeployedApp::database_state(const std::string& history_columns) const {
  const Outcome schema = tide({"snapshot"});
  EXPECT_TRUE(exits(schema, 0));
  std::string state = schema.out;
  std::istringstream tables(
      sql("SELECT string_agg(relname, E'\\n' ORDER BY relname) FROM pg_class WHERE relkind = 'r' AND relnamespace = "
          "'public'::regnamespace"));
  for (std::string table; std::getline(tables, table);) {
    const bool is_history = !history_columns.empty() && table == history_columns.substr(0, history_columns.find(' '));
    const std::string row = is_history ? "ROW(" + history_columns.substr(history_columns.find(' ') + 1) + ")" : "t";
    state += table + " " +
             sql("SELECT count(*) || ' ' || coalesce(md5(string_agg(" + row + "::text, ',' ORDER BY " + row +
                 "::text)), '') FROM public." + identifier(table) + " t") +
             "\n";
  }
  return state;
}

testing::AssertionResult is_killed(const Outcome& outcome) {
  if (outcome.signal == SIGKILL) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "not killed, exit code " << outcome.code << ": " << outcome.err;
}

}  // namespace tide::test
