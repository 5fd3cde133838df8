#include "migrate/engine.h"

#include <chrono>
#include <future>
#include <random>
#include <set>
#include <utility>

#include "base/text.h"
#include "db/drivers.h"
#include "lua/state.h"
#include "migrate/fingerprint.h"
#include "migrate/history.h"
#include "migrate/lock.h"
#include "migrate/pairing.h"
#include "migrate/planner.h"
#include "migrate/runner.h"
#include "migrate/source.h"
#include "migrate/validate.h"
#include "migrate/version.h"
#include "migrate/work.h"
#include "sys/interrupt.h"

namespace tide {

namespace {

constexpr std::int64_t kLeftoverPauseMs = 100;

// "20261120T064842-3f9a1c": sorts by time, unlikely to be given twice.
std::string new_run_id() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[32];
  const auto size = std::strftime(text, sizeof text, "%Y%m%dT%H%M%S-", &utc);
  static constexpr char kHex[] = "0123456789abcdef";
  std::random_device random;
  std::string id(text, size);
  for (int i = 0; i < 6; ++i) id += kHex[random() % 16];
  return id;
}

Dialect dialect_of(const Connection& connection) {
  return connection.info().engine == "sqlite" ? Dialect::kSqlite : Dialect::kPostgres;
}

// A connection whose running statement Ctrl-C cancels on the server.
std::shared_ptr<Connection> interruptible(std::unique_ptr<Connection> connection) {
  struct Held {
    explicit Held(std::unique_ptr<Connection> given) : connection(std::move(given)) {}
    static void cancel(void* self) noexcept { static_cast<Connection*>(self)->interrupt(); }
    std::unique_ptr<Connection> connection;
    InterruptTarget target{cancel, connection.get()};
  };
  const auto held = std::make_shared<Held>(std::move(connection));
  return {held, held->connection.get()};
}

// What is on disk and what was applied, at one moment.
struct Situation {
  std::vector<Migration> source;
  std::vector<HistoryEntry> history;
  std::vector<Problem> problems;
};

void check_approved(const Plan& plan, const std::string& approved) {
  if (approved.empty() || plan.hash == approved || plan.steps.empty()) return;
  throw Error(ErrorKind::kGate, cat("the plan is not the approved one: its hash is ", plan.hash, ", approved was ",
                                    approved, "; nothing was run"))
      .advise("tide plan   shows the steps of today; approve them and pass their hash");
}

// Gates that this build has no means to open stay shut.
void check_requirements(const Work& work) {
  if (!work.requires_backup.empty()) {
    throw Error(ErrorKind::kGate,
                cat(work.step.version, " ", work.step.name, " requires a verified backup younger than ",
                    work.requires_backup, ", and there is none"));
  }
}

}  // namespace

struct Engine::State {
  explicit State(EngineOptions given) : options(std::move(given)), run(new_run_id()) {
    if (options.events != nullptr) {
      events.add([this](const Event& event) { options.events->emit(event); });
    }
  }

  Connection& connect();
  History& open_history();
  LuaState& lua();
  Situation look();
  Work load(const PlanStep& step);
  std::vector<Work> load_all(const Plan& plan);
  template <class MakePlan>
  std::optional<Plan> plan_ahead(const MakePlan& make_plan);
  template <class MakePlan>
  Plan plan_under_lock(const MakePlan& make_plan);
  void run_all(const std::vector<Work>& works, bool together, MigratorLock& lock, RunReport& report);
  template <class MakePlan>
  RunReport execute(MakePlan make_plan, const std::string& approved, bool together);
  template <class Use>
  void under_lock(Use use);
  HistoryRecord record_of(const Migration& migration);
  void warn_of_edits(const Plan& plan, const Situation& now);

  EngineOptions options;
  std::set<std::string> warned;
  std::string run;
  EventStream events;
  std::shared_ptr<Connection> connection;
  std::unique_ptr<History> history;
  std::unique_ptr<LuaState> lua_state;
};

Connection& Engine::State::connect() {
  if (!connection) {
    connection = interruptible(open_connection(options.url));
    connection->set_events(&events);
  }
  return *connection;
}

History& Engine::State::open_history() {
  if (!history) history = std::make_unique<History>(connect(), Actor{run, options.who, options.host});
  return *history;
}

LuaState& Engine::State::lua() {
  if (lua_state) return *lua_state;
  LuaOptions lua_options;
  lua_options.stdlib_dir = options.stdlib_dir;
  lua_options.project_dir = options.project_dir;
  lua_options.library_dir = cat(options.project_dir, "/lib");
  lua_options.memory_limit = options.memory_limit;
  lua_options.events = &events;
  lua_options.connect = [this](const std::string& where) {
    auto other = interruptible(open_connection(options.url_of ? options.url_of(where) : where));
    other->set_events(&events);
    return other;
  };
  lua_state = std::make_unique<LuaState>(std::move(lua_options));
  return *lua_state;
}

// The folder is read while the server is being asked.
Situation Engine::State::look() {
  auto scanning =
      std::async(std::launch::async, [this] { return scan_source(options.migrations_dir, options.project_dir); });
  Situation now;
  try {
    History& log = open_history();
    if (log.exists()) now.history = log.load();
  } catch (const Error&) {
    scanning.get();  // a folder that cannot be read is the user's nearer problem
    throw;
  }
  now.source = scanning.get();
  now.problems = validate(now.source, now.history, [this](const Migration& migration) {
    return fingerprint(migration.kind, read_source(migration, options.project_dir), dialect_of(*connection));
  });
  return now;
}

Work Engine::State::load(const PlanStep& step) {
  std::optional<StoredSource> stored;
  if (!step.source) stored = open_history().load_source(step.version);
  Work work = load_work(lua(), step, stored, options.project_dir, dialect_of(connect()));
  check_requirements(work);
  return work;
}

std::vector<Work> Engine::State::load_all(const Plan& plan) {
  std::vector<Work> works;
  works.reserve(plan.steps.size());
  for (const auto& step : plan.steps) works.push_back(load(step));
  return works;
}

template <class Use>
void Engine::State::under_lock(Use use) {
  MigratorLock lock(connect(), {options.migrator_lock_timeout_ms, run, options.who, options.host, &events});
  open_history().ensure();
  use(lock);
}

// The plan as it is without the lock; nothing while another migrator is at work, which the lock waits for.
template <class MakePlan>
std::optional<Plan> Engine::State::plan_ahead(const MakePlan& make_plan) {
  try {
    return make_plan(look());
  } catch (const Error& error) {
    if (error.kind != ErrorKind::kLock) throw;
    return std::nullopt;
  }
}

// Nobody else is at work under the lock, but the server may still be: at a COMMIT or a statement whose migrator was
// killed. It is waited for as long as the lock.
template <class MakePlan>
Plan Engine::State::plan_under_lock(const MakePlan& make_plan) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(options.migrator_lock_timeout_ms);
  for (bool told = false;; told = true) {
    try {
      open_history().wait_for_writers();
      return make_plan(look());
    } catch (const Error& error) {
      if (error.kind != ErrorKind::kLock || interrupted() || std::chrono::steady_clock::now() >= deadline) throw;
      Event event{Event::Kind::kWaiting};
      event.text = error.message;
      if (!told) events.emit(event);
    }
    sleep_ms(kLeftoverPauseMs);
  }
}

// Everything that can be known to be wrong is said before the first step; what another migrator did while this one
// waited for the lock is seen by planning again.
template <class MakePlan>
RunReport Engine::State::execute(MakePlan make_plan, const std::string& approved, bool together) {
  RunReport report{run, options.environment, {}, nullptr};
  const std::optional<Plan> ahead = plan_ahead(make_plan);
  std::vector<Work> works;
  if (ahead) {
    check_approved(*ahead, approved);
    if (ahead->steps.empty()) return report;
    works = load_all(*ahead);
  }
  under_lock([&](MigratorLock& lock) {
    const Plan plan = plan_under_lock(make_plan);
    if (!ahead || plan.hash != ahead->hash) {
      check_approved(plan, approved);
      works = load_all(plan);
    }
    try {
      run_all(works, together, lock, report);
    } catch (const Error& error) {
      report.error = std::make_shared<Error>(error);
    }
  });
  return report;
}

// A session that was lost at a COMMIT which the server then confirmed is replaced by a new one.
void Engine::State::run_all(const std::vector<Work>& works, bool together, MigratorLock& lock, RunReport& report) {
  if (works.empty()) return;
  std::optional<Runner> runner(std::in_place, connection, open_history(), events, options);
  if (together) {
    report.steps = runner->run_together(works);
    return;
  }
  for (const auto& work : works) {
    const bool lost = connection->transaction_state() == TransactionState::kLost;
    lock.check(lost ? std::chrono::seconds(0) : std::chrono::seconds(1));
    if (lost) {
      history.reset();
      connection.reset();
      History& log = open_history();
      runner.emplace(connection, log, events, options);
    }
    report.steps.push_back({work.step.version, work.step.name, work.step.direction, "failed", 0, 0, 0, {}});
    report.steps.back() = runner->run(work);
  }
}

// What is reverted was applied from another text than the one whose `down` runs.
void Engine::State::warn_of_edits(const Plan& plan, const Situation& now) {
  for (const auto& problem : now.problems) {
    if (problem.kind != Problem::Kind::kDivergent) continue;
    for (const auto& step : plan.steps) {
      if (step.version != problem.version || !warned.insert(step.version).second) continue;
      Event event{Event::Kind::kWarning};
      event.text = cat(step.version, " ", step.name, " was edited after it was applied: its `down` of today runs");
      events.emit(event);
    }
  }
}

HistoryRecord Engine::State::record_of(const Migration& migration) {
  MigrationText text = read_source(migration, options.project_dir);
  std::string print = fingerprint(migration.kind, text, dialect_of(connect()));
  return {migration, std::move(print), std::move(text), 0};
}

Engine::Engine(EngineOptions options) : state_(std::make_unique<State>(std::move(options))) {}
Engine::~Engine() = default;

Connection& Engine::connection() { return state_->connect(); }

StatusReport Engine::status() {
  Situation now = state_->look();
  StatusReport report;
  report.environment = state_->options.environment;
  report.engine = state_->connection->info().engine;
  report.current = current_version(now.history);
  report.pending = pending_of(now.source, now.history);
  report.applied = std::move(now.history);
  report.problems = std::move(now.problems);
  return report;
}

namespace {

UpTarget target_of(const UpRequest& request) { return {request.target, request.count, request.allow_out_of_order}; }

Plan plan_up(const Situation& now, const UpRequest& request) {
  return plan_up(now.source, now.history, now.problems, target_of(request));
}

}  // namespace

Plan Engine::plan(const UpRequest& request) {
  Plan plan = plan_up(state_->look(), request);
  check_approved(plan, request.plan_hash);
  return plan;
}

RunReport Engine::dry_run(const UpRequest& request) {
  RunReport report{state_->run, state_->options.environment, {}, nullptr};
  const Plan plan = plan_up(state_->look(), request);
  const std::vector<Work> works = state_->load_all(plan);
  if (works.empty()) return report;
  Connection& connection = *state_->connection;
  std::vector<Event> recorded;
  state_->events.add([&recorded](const Event& event) {
    if (event.kind == Event::Kind::kStatementDone && !event.internal) recorded.push_back(event);
  });
  Runner runner(state_->connection, state_->open_history(), state_->events, state_->options);
  TransactionOptions transaction;
  transaction.managed = true;
  transaction.lock_timeout = state_->options.lock_timeout;
  transaction.statement_timeout = state_->options.statement_timeout;
  connection.begin(transaction);
  connection.set_recording(true);
  try {
    for (const auto& work : works) {
      recorded.clear();
      report.steps.push_back(runner.rehearse(work));
      report.steps.back().recorded = recorded;
    }
  } catch (const Error& error) {
    report.error = std::make_shared<Error>(error);
  }
  connection.set_recording(false);
  connection.rollback();
  return report;
}

RunReport Engine::up(const UpRequest& request) {
  return state_->execute([&](const Situation& now) { return plan_up(now, request); }, request.plan_hash,
                         request.single_transaction);
}

RunReport Engine::down(const DownRequest& request) {
  return state_->execute(
      [&](const Situation& now) {
        Plan plan = plan_down(now.source, now.history, DownTarget{request.to, request.count});
        state_->warn_of_edits(plan, now);
        return plan;
      },
      "", false);
}

// One plan of two steps, so that an `up` that cannot be loaded stops it before the `down` has run.
RunReport Engine::redo() {
  return state_->execute(
      [](const Situation& now) {
        Plan plan = plan_down(now.source, now.history, DownTarget{"", 1});
        if (plan.steps.empty()) return plan;
        PlanStep again = plan.steps.front();
        if (!again.source) {
          throw Error(ErrorKind::kHistory,
                      cat(again.version, " ", again.name, " cannot be applied again: its file is gone"))
              .advise(cat("tide down   reverts it from the source that the history keeps"));
        }
        again.direction = Direction::kUp;
        plan.steps.push_back(std::move(again));
        return plan;
      },
      "", false);
}

RunReport Engine::verify(const std::string& version) {
  RunReport report{state_->run, state_->options.environment, {}, nullptr};
  const Situation now = state_->look();
  const std::string wanted = version.empty() ? "" : find_version(version, now.source, now.history);
  Runner runner(state_->connection, state_->open_history(), state_->events, state_->options);
  bool found = false;
  for (const auto& pair : pair_versions(now.source, now.history)) {
    if (!pair.applied() || (!wanted.empty() && compare_versions(pair.version(), wanted) != 0)) continue;
    found = true;
    PlanStep step{Direction::kUp, pair.version(), pair.name(), pair.entry->checksum, std::nullopt};
    if (pair.file != nullptr) step.source = *pair.file;
    const Work work = state_->load(step);
    if (!work.verify) continue;
    try {
      report.steps.push_back(runner.verify(work));
    } catch (const Error& error) {
      report.steps.push_back({step.version, step.name, Direction::kUp, "failed", 0, 0, 0, {}});
      if (!report.error) report.error = std::make_shared<Error>(error);
      if (error.kind == ErrorKind::kInterrupted || error.kind == ErrorKind::kConnect) break;
    }
  }
  if (!wanted.empty() && !found)
    throw Error(ErrorKind::kUsage, cat(wanted, " is not applied: there is nothing to verify"));
  return report;
}

std::vector<HistoryEvent> Engine::history() {
  History& log = state_->open_history();
  return log.exists() ? log.events() : std::vector<HistoryEvent>();
}

std::vector<std::string> Engine::baseline(const std::string& version) {
  std::vector<std::string> recorded;
  state_->under_lock([&](MigratorLock&) {
    const Situation now = state_->look();
    const std::string target = find_version(version, now.source, now.history);
    TransactionOptions transaction;
    transaction.managed = true;
    state_->connection->begin(transaction);
    for (const auto& migration : pending_of(now.source, now.history)) {
      if (compare_versions(migration.version, target) > 0) continue;
      state_->open_history().record_baseline(state_->record_of(migration));
      recorded.push_back(migration.version);
    }
    state_->connection->commit();
  });
  return recorded;
}

std::string Engine::resolve(const std::string& version, Resolution resolution, const std::string& reason) {
  std::string target;
  state_->under_lock([&](MigratorLock&) {
    const Situation now = state_->look();
    target = find_version(version, now.source, now.history);
    for (const auto& pair : pair_versions(now.source, now.history)) {
      if (pair.version() != target) continue;
      History& log = state_->open_history();
      if (resolution == Resolution::kApplied) {
        pair.file != nullptr ? log.resolve_applied(state_->record_of(*pair.file), reason)
                             : log.resolve_applied(target, reason);
      } else if (pair.entry == nullptr) {
        throw Error(ErrorKind::kUsage,
                    cat(target, " ", pair.name(), " is pending already: the history has no row of it"));
      } else {
        log.resolve_removed(target, resolution == Resolution::kRetry ? "retry" : "reverted", reason);
      }
    }
  });
  return target;
}

}  // namespace tide
