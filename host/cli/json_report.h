#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "migrate/engine.h"

namespace tide {

// Every document that --json prints. A text that is not known is null.

// What a script did that is no migration.
struct ScriptReport {
  std::string script;
  std::string environment;
  bool dry_run = false;
  double ms = 0;
  std::int64_t statements = 0;
  std::int64_t rows = 0;
  std::vector<Event> recorded;  // of a dry run: statements and effects, in order
  std::optional<Json> result;   // what it returned
  bool runbook = false;         // the result tells how the run of a runbook ended
  std::shared_ptr<const Error> error;
};

// {kind, message, sqlstate, detail, hint, constraint, table, column, position, statement, file, line, step, done,
// next}, and `cause`, another such object, where there is one.
Json error_json(const Error& error);
// {"error": {...}}: what a command prints that has nothing else to say.
Json failure_json(const Error& error);

// {environment, engine, current, applied, pending, problems}
Json status_json(const StatusReport& report);
// {run, environment, steps, error}: up, down, redo, verify
Json run_json(const RunReport& report);
// {environment, hash, steps, error}; a step has `statements` when there is a dry run.
Json plan_json(const std::string& environment, const Plan& plan, const std::vector<ShutGate>* shut,
               const RunReport* dry_run);
// {script, environment, dry_run, duration_ms, statements, rows, result, error}, and `recorded` in a dry run
Json script_json(const ScriptReport& report);
// {environment, events}
Json history_json(const std::string& environment, const std::vector<HistoryEvent>& events);
// {environment, recorded}
Json baseline_json(const std::string& environment, const std::vector<std::string>& versions);
// {environment, version, resolution, reason}
Json renamed_json(const std::string& environment, const std::string& was, const std::string& reason);
Json resolve_json(const std::string& environment, const std::string& version, const std::string& resolution,
                  const std::string& reason);

}  // namespace tide
