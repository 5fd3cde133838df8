#include "migrate/execution.h"

#include <chrono>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/text.h"
#include "migrate/runner.h"
#include "sys/interrupt.h"

namespace tide {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::int64_t kLeftoverPauseMs = 100;

// The plan as it is without the lock; nothing while another migrator is at work, which the lock waits for.
std::optional<Plan> plan_ahead(EngineSession& session, const Execution& execution) {
  try {
    return execution.make_plan(session.look_to_work());
  } catch (const Error& error) {
    if (error.kind != ErrorKind::kLock) throw;
    return std::nullopt;
  }
}

// Nobody else is at work under the lock, but the server may still be: at a COMMIT or a statement whose migrator was
// killed. It is waited for as long as the lock.
Plan plan_under_lock(EngineSession& session, const Execution& execution) {
  const auto deadline = Clock::now() + std::chrono::milliseconds(session.options().migrator_lock_timeout_ms);
  for (bool told = false;; told = true) {
    try {
      session.history().wait_for_writers();
      return execution.make_plan(session.look_to_work());
    } catch (const Error& error) {
      if (error.kind != ErrorKind::kLock || interrupted() || Clock::now() >= deadline) throw;
      Event event{Event::Kind::kWaiting};
      event.text = error.message;
      if (!told) session.events().emit(event);
    }
    sleep_ms(kLeftoverPauseMs);
  }
}

std::int64_t now_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

std::vector<ShutGate> find_shut_gates(EngineSession& session, const Plan& plan, const std::vector<Work>& works) {
  const EngineOptions& options = session.options();
  const GateQuestion question{plan, options.gate_means, *session.connection(), now_ms()};
  std::vector<ShutGate> shut = find_shut(options.gates, question);
  for (const Work& work : works) {
    if (work.requires_backup.empty()) continue;
    const std::string what = cat(work.step.version, " ", work.step.name);
    if (auto gate = find_shut_backup(what, work.requires_backup, question)) shut.push_back(std::move(*gate));
  }
  return shut;
}

// The steps of a plan that may be run.
std::vector<Work> admit(EngineSession& session, const Plan& plan, const Execution& execution) {
  check_approved(plan, execution.approved);
  std::vector<Work> works = session.load(plan);
  if (!works.empty()) refuse_shut(session.options().environment, find_shut_gates(session, plan, works));
  return works;
}

// A session that was lost at a COMMIT which the server then confirmed is replaced by a new one.
void run_one_by_one(EngineSession& session, const std::vector<Work>& works, MigratorLock& lock, RunReport& report) {
  std::optional<Runner> runner;
  for (const auto& work : works) {
    const bool lost = session.connection()->transaction_state() == TransactionState::kLost;
    lock.check(lost ? std::chrono::seconds(0) : std::chrono::seconds(1));
    if (lost) {
      runner.reset();
      session.disconnect();
    }
    if (!runner) runner.emplace(session.connection(), session.history(), session.events(), session.options());
    report.steps.push_back({work.step.version, work.step.name, work.step.direction, "failed", 0, 0, 0, {}});
    report.steps.back() = runner->run(work);
  }
}

// Readers cannot leave the stream; this one falls silent.
class PaceWatch {
 public:
  PaceWatch(EngineSession& session, const Plan& plan) {
    if (!session.options().estimate_of) return;
    pace_ = std::make_shared<Pace>(session.options().estimate_of, plan, session.events());
    session.events().add([pace = pace_](const Event& event) { pace->read(event); });
  }
  ~PaceWatch() {
    if (pace_) pace_->end();
  }
  PaceWatch(const PaceWatch&) = delete;
  PaceWatch& operator=(const PaceWatch&) = delete;

 private:
  std::shared_ptr<Pace> pace_;
};

void run_together(EngineSession& session, const std::vector<Work>& works, RunReport& report) {
  Runner runner(session.connection(), session.history(), session.events(), session.options());
  report.steps = runner.run_together(works);
}

}  // namespace

std::vector<ShutGate> shut_gates(EngineSession& session, const Plan& plan) {
  const std::vector<Work> works = session.load(plan);
  return works.empty() ? std::vector<ShutGate>() : find_shut_gates(session, plan, works);
}

void check_approved(const Plan& plan, const std::string& approved) {
  if (approved.empty() || plan.hash == approved || plan.steps.empty()) return;
  throw Error(ErrorKind::kGate, cat("the plan is not the approved one: its hash is ", plan.hash, ", approved was ",
                                    approved, "; nothing was run"))
      .advise("tide plan   shows the steps of today; approve them and pass their hash");
}

// Everything that can be known to be wrong is said before the first step; what another migrator did while this one
// waited for the lock is seen by planning again.
RunReport execute(EngineSession& session, const Execution& execution) {
  RunReport report{session.run(), session.options().environment, {}, nullptr};
  const std::optional<Plan> ahead = plan_ahead(session, execution);
  std::vector<Work> works;
  if (ahead) {
    if (ahead->steps.empty()) return report;
    works = admit(session, *ahead, execution);
  }
  session.under_lock([&](MigratorLock& lock) {
    session.claim();
    const Plan plan = plan_under_lock(session, execution);
    if (!ahead || plan.hash != ahead->hash) works = admit(session, plan, execution);
    if (works.empty()) return;
    const PaceWatch pace(session, plan);
    try {
      execution.together ? run_together(session, works, report) : run_one_by_one(session, works, lock, report);
    } catch (const Error& error) {
      report.error = std::make_shared<Error>(error);
    }
  });
  return report;
}

}  // namespace tide
