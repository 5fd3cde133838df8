#pragma once

#include <memory>
#include <string>
#include <vector>

#include "migrate/engine.h"
#include "migrate/history.h"
#include "migrate/work.h"
#include "tide/connection.h"
#include "tide/event.h"

namespace tide {

// Runs loaded steps on one connection, under the migrator's lock. Every call either returns what was done or raises an
// Error that says which step it was, what was rolled back, what stayed, and what to do.
class Runner {
 public:
  Runner(std::shared_ptr<Connection> connection, History& history, const EventStream& events,
         const EngineOptions& options);

  // One step, in its own transaction together with its verify and its history row; or, for a migration without a
  // transaction, statement by statement.
  StepReport run(const Work& work);
  // All steps in one transaction, or none.
  std::vector<StepReport> run_together(const std::vector<Work>& works);
  // Runs `up` and `verify` in the open transaction of a dry run; nothing is recorded in the history.
  StepReport rehearse(const Work& work);
  // Runs `verify` alone, in a transaction that is rolled back.
  StepReport verify(const Work& work);

 private:
  class Watch;

  StepReport begin_step(const Work& work, const char* direction);
  void finish_step(const Watch& watch, StepReport& report, const char* state);
  [[noreturn]] void fail_step(const Work& work, const Watch& watch, Error error);

  TransactionOptions transaction_options(const Work& work) const;
  void run_in_transaction(const Work& work, const Watch& watch);
  void run_statement_by_statement(const Work& work, const Watch& watch);
  void do_work(const Work& work);
  void check_still(TransactionState state);
  void check_verify(const Work& work);
  std::vector<std::string> newly_unfinished(const std::vector<std::string>& before);
  void refuse_unfinished(const std::vector<std::string>& before);
  void note_unfinished(const std::vector<std::string>& before, Error& error) noexcept;
  void record(const Work& work, const Watch& watch);
  void commit(const Work& last);
  void note_fate(const std::string& all, Error& error) const;
  void note_half_done(const Work& work, std::int64_t committed, Error& error) const;
  std::string one_line(const Error& error) const;
  void roll_back() noexcept;
  void note_failure(const Work& work, const Watch& watch, const Error& error) noexcept;
  bool wait_for_retry(const Work& work, const Error& error, int attempt);

  std::shared_ptr<Connection> connection_;
  History& history_;
  const EventStream& events_;
  const EngineOptions& options_;
  bool session_used_ = false;
};

}  // namespace tide
