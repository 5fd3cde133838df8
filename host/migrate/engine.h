#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tide/connection.h"
#include "tide/error.h"
#include "tide/event.h"
#include "tide/migration.h"

namespace tide {

// What the engine needs to know of the environment it works on.
struct EngineOptions {
  std::string environment;  // "dev"
  std::string url;
  std::string project_dir;     // absolute
  std::string migrations_dir;  // as the user would write it, relative to project_dir or absolute
  std::string stdlib_dir;      // empty = the embedded stdlib
  std::string lock_timeout;    // per statement, PostgreSQL text; empty = the server's
  std::string statement_timeout;
  std::int64_t migrator_lock_timeout_ms = 60000;  // --lock-timeout: how long to wait for another migrator
  std::size_t memory_limit = 0;                   // bytes for Lua; 0 = none
  std::string who;                                // user who runs it
  std::string host;                               // machine it runs on
  const EventStream* events = nullptr;
  // For db:connect: the URL of an environment, or the text itself when it is a URL. Raises kConfig for neither.
  std::function<std::string(const std::string& environment_or_url)> url_of;
  // Takes the secrets out of what the history keeps of an error.
  std::function<std::string(const std::string& text)> redact;
};

struct StatusReport {
  std::string environment;
  std::string engine;
  std::string current;                // highest applied version, "" when none
  std::vector<HistoryEntry> applied;  // by version, every state
  std::vector<Migration> pending;     // by version
  std::vector<Problem> problems;
};

struct StepReport {
  std::string version;
  std::string name;
  Direction direction = Direction::kUp;
  std::string state;  // "applied", "reverted", "failed", "verified", "recorded" (dry run)
  std::int64_t duration_ms = 0;
  std::int64_t statements = 0;
  std::int64_t rows = 0;
  std::vector<Event> recorded;  // plan --sql: kStatementDone events, in order
};

// What a run did. A failed run is a report too: the steps done before it, and the error.
struct RunReport {
  std::string run;  // id, time-ordered: "20261120T064842-3f9a1c"
  std::string environment;
  std::vector<StepReport> steps;
  std::shared_ptr<const Error> error;
};

struct UpRequest {
  std::string target;  // version, unique prefix or name; "" = all
  int count = 0;       // -n; 0 = all
  bool single_transaction = false;
  bool allow_out_of_order = false;
  std::string plan_hash;  // refuse (kGate) any other plan
};
struct DownRequest {
  std::string to;  // revert everything above it; "0" = everything
  int count = 1;
};
enum class Resolution : std::uint8_t { kApplied, kReverted, kRetry };

// The migration engine over one environment. Opens its connection at the first call that needs it.
class Engine {
 public:
  explicit Engine(EngineOptions options);
  ~Engine();

  StatusReport status();
  Plan plan(const UpRequest& request);
  // Runs the plan in a transaction that is rolled back; every statement is recorded. Raises what the first failing
  // step raises, with the steps before it in `report`.
  RunReport dry_run(const UpRequest& request);
  RunReport up(const UpRequest& request);
  RunReport down(const DownRequest& request);
  RunReport redo();
  RunReport verify(const std::string& version);
  std::vector<HistoryEvent> history();
  // Returns the versions it recorded.
  std::vector<std::string> baseline(const std::string& version);
  // Returns the version it resolved to.
  std::string resolve(const std::string& version, Resolution resolution, const std::string& reason);

  Connection& connection();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tide
