#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lua/state.h"
#include "migrate/engine.h"
#include "migrate/history.h"
#include "migrate/lock.h"
#include "migrate/work.h"
#include "tide/connection.h"
#include "tide/event.h"
#include "tide/migration.h"

namespace tide {

// What is on disk and what was applied, at one moment.
struct Situation {
  std::vector<Migration> source;
  std::vector<HistoryEntry> history;
  std::vector<Problem> problems;
  std::string environment;  // that the database belongs to; "" when it has no name
};

// What the calls of one Engine share: a connection whose running statement Ctrl-C cancels on the server, the history
// on it, the Lua state. Each is made when it is first needed.
class EngineSession {
 public:
  explicit EngineSession(EngineOptions options);
  EngineSession(const EngineSession&) = delete;
  EngineSession& operator=(const EngineSession&) = delete;

  const EngineOptions& options() const { return options_; }
  const std::string& run() const { return run_; }  // the run's id
  EventStream& events() { return events_; }

  const std::shared_ptr<Connection>& connection();
  History& history();
  // The same connection, for a script that is no migration.
  std::shared_ptr<Connection> script_connection();
  LuaState& lua();
  // While on, connections that are opened for scripts are rolled back, and their other effects recorded.
  void set_dry_run(bool on);
  // Puts the connection into a transaction of which nothing stays, and records what cannot run in one.
  void begin_dry_run(Connection& connection) const;
  // Forgets a connection that was lost, and the history on it; the next call connects anew.
  void disconnect();

  Situation look();
  // The same; kGate when the database belongs to another environment.
  Situation look_to_work();
  // Why this database is not to be worked on; nothing when it is.
  std::optional<Error> mistaken();
  // The steps loaded and checked, in order; nothing has been run when one of them raises.
  std::vector<Work> load(const Plan& plan);
  Work load(const PlanStep& step);
  HistoryRecord record_of(const Migration& migration);

  // Calls `use` under the migrator lock, with the history's tables there.
  void under_lock(const std::function<void(MigratorLock& lock)>& use);
  // Gives the database the environment's name where it has none; kGate when it bears another one.
  void claim();

 private:
  void ensure_history();
  std::shared_ptr<Connection> connect_for_script(const std::string& where);

  EngineOptions options_;
  std::string run_;
  EventStream events_;
  std::shared_ptr<Connection> connection_;
  std::unique_ptr<History> history_;
  std::unique_ptr<LuaState> lua_;
  bool dry_run_ = false;
};

}  // namespace tide
