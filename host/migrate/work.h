#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "db/sql_scan.h"
#include "lint/rules.h"
#include "lua/state.h"
#include "migrate/history.h"
#include "migrate/source.h"
#include "tide/connection.h"
#include "tide/migration.h"

namespace tide {

// One step of a plan, loaded and checked, ready to run: what Lua and SQL migrations have in common.
struct Work {
  using Run = std::function<void(const std::shared_ptr<Connection>&)>;

  PlanStep step;
  MigrationText text;  // as it is recorded
  std::string fingerprint;
  bool transaction = true;
  std::string lock_timeout;  // empty = the environment's
  std::string statement_timeout;
  std::optional<int> max_blocked;  // nothing = the environment's
  std::optional<std::int64_t> max_blocked_ms;
  bool repeatable = false;  // also what it does outside of the database, or without a transaction
  bool additive_only = false;
  std::string requires_backup;
  std::vector<Silence> silences;  // of lint's rules
  Run run;                        // in the step's direction
  Run verify;                     // empty when there is none
  bool has_down = false;
  std::string irreversible;               // the reason that stands for `down`
  std::function<bool()> at_checkpoint;    // whether what stopped `run` left it where the next run goes on
  std::function<std::int64_t()> effects;  // how many things scripts have done outside of the database so far
};

// From the step's file, or from `stored` when the file is gone. kConfig with file and line when it cannot be loaded;
// kHistory for a `down` that is irreversible or missing.
Work load_work(LuaState& lua, const PlanStep& step, const std::optional<StoredSource>& stored,
               const std::string& project_dir, Dialect dialect);

}  // namespace tide
