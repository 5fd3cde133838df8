#include "migrate/engine.h"

#include <optional>
#include <set>
#include <utility>

#include "base/text.h"
#include "lua/script.h"
#include "migrate/corrections.h"
#include "migrate/engine_session.h"
#include "migrate/execution.h"
#include "migrate/pairing.h"
#include "migrate/planner.h"
#include "migrate/rehearsal.h"
#include "migrate/replay.h"
#include "migrate/runner.h"
#include "migrate/version.h"

namespace tide {
namespace {

UpTarget target_of(const UpRequest& request) { return {request.target, request.count, request.allow_out_of_order}; }

Plan plan_up(const Situation& now, const UpRequest& request) {
  return plan_up(now.source, now.history, now.problems, target_of(request));
}

Plan plan_again(const Situation& now) {
  Plan plan = plan_down(now.source, now.history, DownTarget{"", 1});
  if (plan.steps.empty()) return plan;
  PlanStep again = plan.steps.front();
  if (!again.source) {
    throw Error(ErrorKind::kHistory, cat(again.version, " ", again.name, " cannot be applied again: its file is gone"))
        .advise(cat("tide down   reverts it from the source that the history keeps"));
  }
  again.direction = Direction::kUp;
  plan.steps.push_back(std::move(again));
  return plan;
}

// What is reverted was applied from another text than the one whose `down` runs. Says it once of every version.
void warn_of_edits(const Plan& plan, const Situation& now, std::set<std::string>& warned, const EventStream& events) {
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

// A step of a dry run, with what it has sent.
StepReport recorded_step(StepReport report, const Work& work, const std::vector<Event>& recorded) {
  report.recorded = recorded;
  if (work.step.source) report.file = work.step.source->path;
  report.transaction = work.transaction;
  report.lock_timeout = work.lock_timeout;
  report.silences = work.silences;
  return report;
}

std::optional<Error> warn_if_mistaken(EngineSession& session) {
  std::optional<Error> mistaken = session.mistaken();
  if (!mistaken) return mistaken;
  Event event{Event::Kind::kWarning};
  event.text = mistaken->message;
  session.events().emit(event);
  return mistaken;
}

constexpr const char* kOnlyReads =
    "a worker runs the script again up to the fix that it joins, and may only read before it: what writes belongs into "
    "an earlier migration or script";

// Calls `work` with a connection that may only read until the fix takes it.
void join_as_worker(EngineSession& session, const std::function<void(const std::shared_ptr<Connection>&)>& work) {
  const auto connection = session.script_connection();
  TransactionOptions only_reads;
  only_reads.read_only = true;
  connection->begin(only_reads);
  session.lua().effects().set_policy(Effects::Policy::kRefuse);
  try {
    work(connection);
  } catch (Error& error) {
    if (session.lua().work_ended()) return;
    const bool refused = error.sqlstate == "25006" || error.kind == ErrorKind::kGate;
    if (refused && error.hint.empty()) error.hint = kOnlyReads;
    throw;
  }
  throw Error(ErrorKind::kUsage, "the script has run to its end without the fix that was to be joined");
}

}  // namespace

Engine::Engine(EngineOptions options) : session_(std::make_unique<EngineSession>(std::move(options))) {}
Engine::~Engine() = default;

int Engine::replay(const std::shared_ptr<Connection>& scratch) { return replay_history(*session_, scratch); }

Connection& Engine::connection() { return *session_->connection(); }
LuaState& Engine::lua() { return session_->lua(); }
std::shared_ptr<Connection> Engine::script_connection() { return session_->script_connection(); }
void Engine::disconnect() { session_->disconnect(); }
void Engine::set_dry_run(bool on) { session_->set_dry_run(on); }

void Engine::join(const std::string& version) {
  const Situation now = session_->look_to_work();
  for (const Migration& migration : now.source) {
    if (compare_versions(migration.version, version) != 0) continue;
    const Work work =
        session_->load({Direction::kUp, migration.version, migration.name, migration.checksum, migration});
    return join_as_worker(*session_, [&work](const auto& connection) { work.run(connection); });
  }
  throw Error(ErrorKind::kUsage, cat("migration ", version, " is not among the files of this project"));
}

void Engine::join(Script script) {
  join_as_worker(*session_, [&](const auto& connection) {
    script.connect = [&connection] { return connection; };
    run_script(session_->lua(), script);
  });
}

StatusReport Engine::status() {
  Situation now = session_->look();
  StatusReport report;
  report.environment = session_->options().environment;
  report.engine = connection().info().engine;
  report.current = current_version(now.history);
  report.pending = pending_of(now.source, now.history);
  report.applied = std::move(now.history);
  report.problems = std::move(now.problems);
  if (const auto mistaken = warn_if_mistaken(*session_)) {
    Problem problem{Problem::Kind::kEnvironment, "", mistaken->message, mistaken->next, true};
    report.problems.insert(report.problems.begin(), std::move(problem));
  }
  return report;
}

Plan Engine::plan(const UpRequest& request) {
  Plan plan = plan_up(session_->look_to_work(), request);
  check_approved(plan, request.plan_hash);
  return plan;
}

std::vector<ShutGate> Engine::shut_gates(const Plan& plan) { return tide::shut_gates(*session_, plan); }

RunReport Engine::dry_run(const UpRequest& request) {
  RunReport report{session_->run(), session_->options().environment, {}, nullptr};
  const Plan plan = plan_up(session_->look_to_work(), request);
  if (plan.steps.empty()) return report;
  session_->set_dry_run(true);
  const std::vector<Work> works = session_->load(plan);
  std::vector<Event> recorded;
  session_->events().add([&recorded](const Event& event) {
    const bool kept = event.kind == Event::Kind::kStatementDone || event.kind == Event::Kind::kEffect;
    if (kept && !event.internal) recorded.push_back(event);
  });
  Runner runner(session_->connection(), session_->history(), session_->events(), session_->options());
  session_->begin_dry_run(connection());
  for (auto work = works.begin(); work != works.end() && !report.error; ++work) {
    recorded.clear();
    try {
      report.steps.push_back(recorded_step(runner.dry_run(*work), *work, recorded));
    } catch (const Error& error) {
      const PlanStep& step = work->step;
      report.error = std::make_shared<Error>(error);
      report.steps.push_back(
          recorded_step({step.version, step.name, step.direction, "failed", 0, 0, 0, {}}, *work, recorded));
    }
  }
  connection().set_recording(false);
  connection().rollback();
  session_->set_dry_run(false);
  return report;
}

RehearsalRecord Engine::rehearse(const RehearsalRequest& request) { return tide::rehearse(*session_, request); }

RunReport Engine::up(const UpRequest& request) {
  const auto make_plan = [&](const Situation& now) { return plan_up(now, request); };
  return execute(*session_, {make_plan, request.plan_hash, request.single_transaction});
}

RunReport Engine::down(const DownRequest& request) {
  std::set<std::string> warned;
  const auto make_plan = [&](const Situation& now) {
    Plan plan = plan_down(now.source, now.history, DownTarget{request.to, request.count});
    warn_of_edits(plan, now, warned, session_->events());
    return plan;
  };
  return execute(*session_, {make_plan});
}

// One plan of two steps, so that an `up` that cannot be loaded stops it before the `down` has run.
RunReport Engine::redo() { return execute(*session_, {plan_again}); }

RunReport Engine::verify(const std::string& version) {
  RunReport report{session_->run(), session_->options().environment, {}, nullptr};
  const Situation now = session_->look_to_work();
  const std::string wanted = version.empty() ? "" : find_version(version, now.source, now.history);
  Runner runner(session_->connection(), session_->history(), session_->events(), session_->options());
  bool found = false;
  for (const auto& pair : pair_versions(now.source, now.history)) {
    if (!pair.applied() || (!wanted.empty() && compare_versions(pair.version(), wanted) != 0)) continue;
    found = true;
    PlanStep step{Direction::kUp, pair.version(), pair.name(), pair.entry->checksum, std::nullopt};
    if (pair.file != nullptr) step.source = *pair.file;
    const Work work = session_->load(step);
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
  warn_if_mistaken(*session_);
  History& log = session_->history();
  return log.exists() ? log.events() : std::vector<HistoryEvent>();
}

std::vector<std::string> Engine::baseline(const std::string& version) { return tide::baseline(*session_, version); }

std::string Engine::resolve(const std::string& version, Resolution resolution, const std::string& reason) {
  return tide::resolve(*session_, version, resolution, reason);
}

bool Engine::rename_environment(const std::string& was, const std::string& reason) {
  return tide::rename_environment(*session_, was, reason);
}

}  // namespace tide
