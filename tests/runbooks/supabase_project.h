#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/project.h"

namespace tide::test {

// The folder scripts/supabase_baseline as somebody has it who is linked with a project on Supabase: a database with the
// rows of tests/support/seeds/003.sql, the supabase CLI's stand-in first on the PATH, the application and Supabase's
// API (supabase_server.py), a clean git repository, and the environment `production`, protected.
//
// Runbook `struck` is supabase_baseline with its steps wrapped: see strike().
class SupabaseProject {
 public:
  SupabaseProject();
  ~SupabaseProject();
  SupabaseProject(const SupabaseProject&) = delete;
  SupabaseProject& operator=(const SupabaseProject&) = delete;

  // All as it was at the start; the processes stay.
  void reset();

  Outcome tide(Args args, const Env& more = {}) const;
  // tide run RUNBOOK with inputs and answers for all that it asks.
  Outcome run(const std::string& runbook, Args more = {}, const Env& env = {}) const;

  // The run of `struck` ends with SIGKILL, or raises, once, at a point: "3.6 when" (before the step begins), "3.6 end"
  // (when it has done its work, which nobody has written down), "mid migration" (before its COMMIT), "mid rehearsal".
  void strike(const std::string& point, bool raise = false) const;
  std::vector<std::string> points() const;  // that a dry run passes, in order

  // Schema and rows, as text.
  std::string database_state() const;
  std::string sql(const std::string& statement) const { return project_.value(statement); }
  std::string told() const;             // what the team was told in its chat
  std::string maintenance_log() const;  // "on off "
  bool in_maintenance() const;

  const Project& files() const { return project_; }
  void app(const std::string& name, const std::string& text) const { app_.write(name, text); }
  void supabase(const std::string& json) const;  // merges members into the stand-in's state
  std::string empty_database() const;            // with what the platform brings; returns its URL
  std::string server_url() const;                // of the database postgres on the same server
  std::string database() const;
  const std::string& url() const { return project_.url(); }

 private:
  Env env() const;
  void write_files() const;
  void copy_seed(const std::string& name) const;

  Project project_{Engine::kPostgres};
  TempDir app_;
  std::unique_ptr<Process> server_;
  std::string port_;
};

}  // namespace tide::test
