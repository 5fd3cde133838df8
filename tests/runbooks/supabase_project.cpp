#include "runbooks/supabase_project.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "support/pg_cluster.h"

namespace tide::test {
namespace {

namespace fs = std::filesystem;

const std::string kSource = TIDE_SOURCE_DIR;
const std::string kStandIns = kSource + "/tests/support/standins";
constexpr const char* kReference = "abcdefghijklmnopqrst";
constexpr const char* kToken = "sbp-token-0123456789";

constexpr const char* kStrike = R"lua(
return function(point)
  log.info("point " .. point)
  if not fs.exists "strike" then return end
  local wanted, how = fs.read("strike"):match "^([^!]*)(!?)$"
  if wanted ~= point then return end
  fs.remove "strike"
  if how == "!" then error("struck at " .. point) end
  shell.sh "kill -9 $PPID"
end
)lua";

constexpr const char* kStruck = R"lua(
local baseline = require "baseline"
local strike = require "strike"
local original = require "original"

local put_back = baseline.put_back
baseline.put_back = function(db)
  put_back(db)
  strike "mid rehearsal"
end

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

// The migration of the project, which in the runbook `struck` is struck before its COMMIT.
constexpr const char* kStruckMigration = R"lua(
local migration = require "original_migration"
local strike = require "strike"
local up = migration.up
migration.up = function(db)
  up(db)
  if fs.exists "strike" then strike "mid migration" end
end
return migration
)lua";

void must(const Outcome& outcome, const char* what) {
  if (outcome.code != 0) throw std::runtime_error(std::string(what) + ": " + outcome.all());
}

// Made once for the process.
const std::string& seed() {
  static const std::string name = [] {
    std::string made = "supabase_seed_" + std::to_string(getpid());
    const std::string url = shared_cluster().create_database(made);
    must(
        test::run({{"psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", kSource + "/tests/support/seeds/003.sql", url}}),
        "the seed");
    return made;
  }();
  return name;
}

}  // namespace

SupabaseProject::SupabaseProject() {
  Command command{{"python3", "-B", kSource + "/tests/support/supabase_server.py", app_.path()}};
  command.timeout = std::chrono::hours(1);
  server_ = std::make_unique<Process>(std::move(command));
  if (!server_->wait_for("ready")) throw std::runtime_error("the server does not start: " + server_->wait().all());
  port_ = app_.read("port");  // before reset() clears the folder
  reset();
}

SupabaseProject::~SupabaseProject() = default;

void SupabaseProject::write_files() const {
  const std::string folder = kSource + "/scripts/supabase_baseline";
  fs::copy(folder, project_.path(), fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  for (const char* name : {"supabase_baseline", "supabase_emergency_rollback"}) {
    fs::create_directories(project_.path("scripts"));
    fs::copy_file(kSource + "/scripts/" + name + ".lua", project_.path("scripts/") + name + ".lua");
  }
  fs::copy_file(project_.path("scripts/supabase_baseline.lua"), project_.path("lib/original.lua"));
  const std::string migration = "migrations/20250906200000_consolidated_baseline.lua";
  fs::copy_file(project_.path(migration), project_.path("lib/original_migration.lua"));
  project_.write(migration, kStruckMigration);
  project_.write("lib/strike.lua", kStrike);
  project_.write("scripts/struck.lua", kStruck);
  project_.write("tide.toml",
                 "default_env = \"production\"\n[env.production]\nurl = \"${DATABASE_URL}\"\nprotected = true\n");
  project_.write("deploy", "#!/bin/sh\necho \"$RELEASE\" > deployed\n");
  fs::permissions(project_.path("deploy"), fs::perms::owner_all);
  project_.write(".gitignore", ".tide/\n.standins/\nbackups/\nstrike\ndeployed\nsupabase/.temp/\n");
}

void SupabaseProject::reset() {
  for (const std::string& folder : {app_.path(), project_.path()}) {
    for (const auto& entry : fs::directory_iterator(folder)) fs::remove_all(entry.path());
  }
  write_files();
  app_.write("url", project_.url());
  app_.write("token", kToken);
  project_.write("supabase/.temp/project-ref", kReference);
  project_.write(
      ".standins/supabase.json",
      Json{{"projects", {{{"id", kReference}, {"name", "tea"}, {"region", "eu"}, {"status", "ACTIVE_HEALTHY"}}}},
           {"token", kToken},
           {"url", project_.url()}}
          .dump());
  Command git{{"sh", "-c", "git init -q && git add -A && git -c user.name=t -c user.email=t@t.test commit -qm all"}};
  git.directory = project_.path();
  must(test::run(git), "git");
  copy_seed(database());
}

void SupabaseProject::copy_seed(const std::string& name) const {
  shared_cluster().value("postgres", "DROP DATABASE IF EXISTS \"" + name + "\" WITH (FORCE)");
  shared_cluster().value("postgres", "CREATE DATABASE \"" + name + "\" TEMPLATE " + seed());
}

std::string SupabaseProject::empty_database() const {
  const std::string url = shared_cluster().create_database(), name = url.substr(url.rfind('/') + 1);
  shared_cluster().value(name, "CREATE SCHEMA auth");
  shared_cluster().value(name, "CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql AS 'SELECT NULL::uuid'");
  return url;
}

std::string SupabaseProject::server_url() const { return shared_cluster().url(); }

std::string SupabaseProject::database() const { return url().substr(url().rfind('/') + 1); }

Env SupabaseProject::env() const {
  const std::string at = "http://127.0.0.1:" + port_;
  return {{"PATH", kStandIns + ":" + std::getenv("PATH")},
          {"DATABASE_URL", project_.url()},
          {"TEST_DATABASE_URL", server_url()},
          {"SUPABASE_ACCESS_TOKEN", kToken},
          {"SUPABASE_PROJECT_REF", kReference},
          {"MAINTENANCE_TOKEN", kToken},
          {"APP_URL", at},
          {"SLACK_WEBHOOK_URL", at + "/hooks/T0/B0/x1y2z3"}};
}

Outcome SupabaseProject::tide(Args args, const Env& more) const {
  Env all = env();
  for (const auto& [name, value] : more) all[name] = value;
  args.insert(args.end(), {"--confirm", "production"});
  Command command = project_.command(args, all);
  command.timeout = std::chrono::minutes(3);
  return test::run(std::move(command));
}

Outcome SupabaseProject::run(const std::string& runbook, Args more, const Env& env) const {
  Args args = {"run", runbook, "--yes", "--set", "approved_by=Ada", "--set", "within=3s"};
  if (runbook != "supabase_emergency_rollback") {
    args.insert(args.end(), {"--set", "api=http://127.0.0.1:" + port_, "--set", "watch=1s", "--set", "every=1s"});
  }
  args.insert(args.end(), more.begin(), more.end());
  return tide(args, env);
}

void SupabaseProject::strike(const std::string& point, bool raise) const {
  project_.write("strike", point + (raise ? "!" : ""));
}

std::vector<std::string> SupabaseProject::points() const {
  const std::string walked = run("struck", {"--dry-run"}).err, mark = "point ";
  std::vector<std::string> found;
  for (std::size_t at = walked.find(mark); at != std::string::npos; at = walked.find(mark, at + 1)) {
    const std::size_t begin = at + mark.size();
    found.push_back(walked.substr(begin, walked.find('\n', begin) - begin));
  }
  return found;
}

std::string SupabaseProject::database_state() const {
  const Outcome schema = tide({"snapshot"});
  EXPECT_TRUE(exits(schema, 0));
  std::string digests;
  for (const char* table : {"public.accounts", "public.chakai", "public.chakai_items", "public.local_classes",
                            "public.media", "public.objects", "supabase_migrations.schema_migrations"}) {
    if (!digests.empty()) digests += " || ";
    digests += std::string("(SELECT E'\\n") + table +
               " ' || count(*) || ' ' || coalesce(md5(string_agg(t::text, ',' ORDER BY " + "t::text)), '') FROM " +
               table + " t)";
  }
  return schema.out + sql("SELECT " + digests);
}

std::string SupabaseProject::maintenance_log() const {
  if (!fs::exists(app_ / "maintenance.log")) return "";
  std::string log = app_.read("maintenance.log");
  std::replace(log.begin(), log.end(), '\n', ' ');
  return log;
}

std::string SupabaseProject::told() const { return fs::exists(app_ / "told") ? app_.read("told") : ""; }

bool SupabaseProject::in_maintenance() const { return fs::exists(app_ / "maintenance"); }

void SupabaseProject::supabase(const std::string& json) const {
  Json state = parse_json(project_.read(".standins/supabase.json"));
  state.merge_patch(parse_json(json));
  project_.write(".standins/supabase.json", state.dump());
}

}  // namespace tide::test
