#include "runbooks/supabase_app.h"

#include <algorithm>
#include <filesystem>

#include "support/pg_cluster.h"

namespace tide::test {
namespace {

constexpr const char* kReference = "abcdefghijklmnopqrst";
constexpr const char* kToken = "sbp-token-0123456789";

}  // namespace

SupabaseApp::SupabaseApp()
    : Production("supabase_baseline", {"supabase_baseline", "supabase_emergency_rollback"}, "supabase_server",
                 ".application") {
  seed("003.sql");
  keep_database();
  environment({{"DATABASE_URL", project().url()},
               {"TEST_DATABASE_URL", server_url()},
               {"SUPABASE_ACCESS_TOKEN", kToken},
               {"SUPABASE_PROJECT_REF", kReference},
               {"MAINTENANCE_TOKEN", kToken},
               {"APP_URL", url()},
               {"SLACK_WEBHOOK_URL", url() + "/hooks/T0/B0/x1y2z3"}});
  inputs({"approved_by=Ada", "within=3s"});
  reset();
}

void SupabaseApp::reset() {
  start_again();
  project().write("tide.toml",
                  "default_env = \"production\"\n[env.production]\nurl = \"${DATABASE_URL}\"\nprotected = true\n");
  const std::string deploy = project().write("deploy", "#!/bin/sh\necho \"$RELEASE\" > deployed\n");
  std::filesystem::permissions(deploy, std::filesystem::perms::owner_all);
  insert("migrations/20250906200000_consolidated_baseline.lua", "baseline.same_rows(before, baseline.count_rows(db))\n",
         "require 'strike' 'mid migration'\n");
  insert("lib/rehearsal.lua", "baseline.put_back(db)\n", "require 'strike' 'mid rehearsal'\n");
  set_state("url", project().url());
  set_state("token", kToken);
  project().write("supabase/.temp/project-ref", kReference);
  project().write(
      ".standins/supabase.json",
      Json{{"projects", {{{"id", kReference}, {"name", "tea"}, {"region", "eu"}, {"status", "ACTIVE_HEALTHY"}}}},
           {"token", kToken},
           {"url", project().url()}}
          .dump());
  make_repository("origin", "deployed\nsupabase/.temp/\n");
}

std::string SupabaseApp::empty_database() const {
  const std::string url = shared_cluster().create_database(), name = url.substr(url.rfind('/') + 1);
  shared_cluster().value(name, "CREATE SCHEMA auth");
  shared_cluster().value(name, "CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql AS 'SELECT NULL::uuid'");
  return url;
}

std::string SupabaseApp::server_url() const { return shared_cluster().url(); }

std::string SupabaseApp::maintenance_log() const {
  std::string log = state("maintenance.log");
  std::replace(log.begin(), log.end(), '\n', ' ');
  return log;
}

void SupabaseApp::supabase(const std::string& json) const {
  Json state = parse_json(project().read(".standins/supabase.json"));
  state.merge_patch(parse_json(json));
  project().write(".standins/supabase.json", state.dump());
}

}  // namespace tide::test
