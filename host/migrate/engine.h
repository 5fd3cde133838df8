#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "lint/rules.h"
#include "lua/script_inputs.h"
#include "lua/work_context.h"
#include "migrate/gates.h"
#include "migrate/identity.h"
#include "migrate/pace.h"
#include "tide/connection.h"
#include "tide/error.h"
#include "tide/event.h"
#include "tide/migration.h"

namespace tide {

struct BackupContext;
class RunJournal;
struct RehearsalRecord;
struct RehearsalRequest;

// What a session that looks into a database may do. Migrations and `run` have no such limits.
struct Access {
  bool read_only = false;            // by the server's word; what scripts do elsewhere is refused
  std::vector<std::string> effects;  // that are done all the same: "shell", "http", "backup", "mail", "fs"
  std::vector<std::string> masked;   // columns whose values nobody sees: "users.email", "*.password_hash"
};

// What the engine needs to know of the environment it works on.
struct EngineOptions {
  std::string environment;         // "dev"
  Identity identity;               // which database it must be
  std::vector<std::string> gates;  // what the environment demands before up, down and redo
  GateMeans gate_means;
  EstimateOf estimate_of;                                    // what rehearsals say of a step; may be empty
  std::function<BackupContext(const std::string&)> backups;  // see LuaOptions
  std::string url;
  std::string project_dir;     // absolute
  std::string migrations_dir;  // as the user would write it, relative to project_dir or absolute
  std::string stdlib_dir;      // empty = the embedded stdlib
  std::string lock_timeout;    // per statement, PostgreSQL text; empty = the server's, else short attempts
  std::string statement_timeout;
  int max_blocked = 2;                            // a migration that keeps more sessions waiting than these,
  std::int64_t max_blocked_ms = 1000;             // each of them for longer than this, is cancelled; 0 = never
  std::int64_t migrator_lock_timeout_ms = 60000;  // --lock-timeout: how long to wait for another migrator
  std::size_t memory_limit = 0;                   // bytes for Lua; 0 = none
  std::string who;                                // user who runs it
  std::string host;                               // machine it runs on
  const EventStream* events = nullptr;
  // For db:connect: the URL of an environment, or the text itself when it is a URL. Raises kConfig for neither.
  std::function<std::string(const std::string& environment_or_url)> url_of;
  // Takes the secrets out of what the history keeps of an error.
  std::function<std::string(const std::string& text)> redact;
  ScriptInputs inputs;
  WorkContext work;
  std::function<void(const std::string& secret)> add_secret;  // masks it from now on
  std::shared_ptr<RunJournal> journal;                        // see LuaOptions
  std::function<Json(const Json& request)> migrate;           // see LuaOptions
  Access access;
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
  std::vector<Event> recorded;  // plan --sql: kStatementDone and kEffect events, in order
  std::string file;             // of the step's migration
  bool transaction = true;      // the migration's
  std::string lock_timeout;     // likewise; empty = the environment's
  std::vector<Silence> silences;
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

struct Script;
class EngineSession;
class LuaState;

// The migration engine over one environment. Opens its connection at the first call that needs it.
class Engine {
 public:
  explicit Engine(EngineOptions options);
  ~Engine();

  // Of a database that belongs to another environment `status` and `history` answer, with a warning and a problem;
  // every other call raises kGate before anything is done.
  StatusReport status();
  Plan plan(const UpRequest& request);
  // Those that `up` would meet shut now. Raises what is wrong with the plan's migrations before any of them is run.
  std::vector<ShutGate> shut_gates(const Plan& plan);
  // Runs the plan in a transaction that is rolled back; every statement is recorded. The step that fails is
  // the last one of the report, with what it had sent until then.
  RunReport dry_run(const UpRequest& request);
  // Of an engine that is open on a throwaway copy; see rehearsal.h.
  RehearsalRecord rehearse(const RehearsalRequest& request);
  RunReport up(const UpRequest& request);
  RunReport down(const DownRequest& request);
  RunReport redo();
  RunReport verify(const std::string& version);
  std::vector<HistoryEvent> history();
  // Returns the versions it recorded.
  std::vector<std::string> baseline(const std::string& version);
  // Returns the version it resolved to.
  std::string resolve(const std::string& version, Resolution resolution, const std::string& reason);
  // The database belongs to this environment from now on, and not to `was`. Returns false when it does already; kUsage
  // when it belongs to a third one.
  bool rename_environment(const std::string& was, const std::string& reason);

  Connection& connection();

  // Applies what is applied here to an empty database, for looking at the schema that comes out; see replay.h.
  int replay(const std::shared_ptr<Connection>& scratch);

  // For scripts that are no migrations: the world they live in, and the connection of their `db`, each made when it is
  // first asked for. The connection has the environment's timeouts; in a dry run it is in a transaction of which
  // nothing stays.
  LuaState& lua();
  std::shared_ptr<Connection> script_connection();
  // Closes the connection, which was lost or is to be a fresh one: the next call connects anew.
  void disconnect();
  // As a worker of a data fix (EngineOptions::work): runs `up` of the migration as far as its part in the run goes,
  // with a connection that may only read before it, and nothing done outside of the database. kUsage when it is not
  // among the source.
  void join(const std::string& version);
  // The same for a script.
  void join(Script script);

  // While on, what scripts do in a database is rolled back, and what they do elsewhere is recorded and not done.
  void set_dry_run(bool on);

 private:
  std::unique_ptr<EngineSession> session_;
};

}  // namespace tide
