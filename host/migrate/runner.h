#pragma once

#include <memory>
#include <string>
#include <vector>

#include "migrate/engine.h"
#include "migrate/history.h"
#include "migrate/retry.h"
#include "migrate/step_watch.h"
#include "migrate/watched_session.h"
#include "migrate/work.h"
#include "tide/connection.h"
#include "tide/event.h"

namespace tide {

// Runs loaded steps on one connection, under the migrator's lock. Every call either returns what was done or raises an
// Error that says which step it was, what was rolled back, what stayed, and what to do. What stopped at a lock is tried
// again, with pauses, while nothing but SQL has happened or the migration says that it may be repeated.
class Runner {
 public:
  Runner(std::shared_ptr<Connection> connection, History& history, const EventStream& events,
         const EngineOptions& options);

  // One step, in its own transaction together with its verify and its history row; or, for a migration without a
  // transaction, statement by statement.
  StepReport run(const Work& work);
  // All steps in one transaction, or none. No step is done before all are.
  std::vector<StepReport> run_together(const std::vector<Work>& works);
  // Runs `up` and `verify` in the open transaction of a dry run; nothing is recorded in the history.
  StepReport dry_run(const Work& work);
  // Runs `verify` alone, in a transaction that is rolled back.
  StepReport verify(const Work& work);

 private:
  struct Attempt;

  StepReport begin_step(const Work& work, const StepWatch& watch);
  StepLimits limits_of(const Work& work) const;
  StepLimits limits_of(const Work& work, const Attempt& attempt) const;
  void run_in_transaction(const Work& work, const StepWatch& watch, const Attempt& attempt);
  void run_statement_by_statement(const Work& work, const StepWatch& watch, Attempt& attempt);
  void record_running(const Work& work);
  void record_failed(const Work& work, const StepWatch& watch, const Attempt& attempt, Error& error);
  std::vector<StepReport> run_all(const std::vector<Work>& works, Attempt& attempt);
  [[noreturn]] void fail_all(const std::vector<Work>& works, const Attempt& attempt, Error error);
  void do_work(const Work& work);
  void check_still(TransactionState state);
  void check_verify(const Work& work);
  void say_not_verified(const Work& work);
  std::vector<std::string> newly_unfinished(const std::vector<std::string>& before);
  void refuse_unfinished(const std::vector<std::string>& before);
  void note_unfinished(const std::vector<std::string>& before, Error& error) noexcept;
  void record(const Work& work, const StepWatch& watch);
  void commit(const Work& last);
  std::string one_line(const Error& error) const;
  void roll_back() noexcept;
  void note_failure(const Work& work, const StepWatch& watch, const Error& error) noexcept;
  Obstacle obstacle(const Error& error) const;
  void explain(const Work& work, Error& error);
  bool tries_again(const Work& work, Error& error, const Attempt& attempt);
  void note_not_begun(const Work& work, Error& error) const;
  void advise(const Work& work, Error& error) const;

  std::shared_ptr<Connection> connection_;
  WatchedSession session_;
  History& history_;
  const EventStream& events_;
  const EngineOptions& options_;
};

}  // namespace tide
