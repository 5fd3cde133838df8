#include "migrate/runner.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "migrate/additive.h"
#include "migrate/aftermath.h"
#include "migrate/in_doubt.h"
#include "migrate/unfinished.h"
#include "sys/interrupt.h"

namespace tide {

namespace {

constexpr const char* kNotRepeated =
    "not tried again: the script has done what a rollback does not undo (a command, a request, a file, another "
    "connection); repeatable = true says that it may be done twice";

StepReport report_of(const Work& work) {
  return {work.step.version, work.step.name, work.step.direction, "", 0, 0, 0, {}};
}

const char* done_state(const Work& work) { return work.step.direction == Direction::kUp ? "applied" : "reverted"; }

std::int64_t effects_of(const Work& work) { return work.effects ? work.effects() : 0; }

// Not for what the script is or does: the same script may go on later.
bool stopped_outside(const Error& error) {
  return error.kind == ErrorKind::kInterrupted || error.kind == ErrorKind::kLock || error.kind == ErrorKind::kConnect;
}

void note_checkpoint(Error& error) {
  if (error.done.empty()) error.note_done("the data fix stands at its checkpoint: what is done of it stays");
}

// Its row in the history stays as that of a run whose process is gone: the next `up` takes it on.
bool stays_running(const Work& work, const Error& error) {
  return work.step.direction == Direction::kUp && work.at_checkpoint && work.at_checkpoint() && stopped_outside(error);
}

void refuse_losses(const std::vector<std::string>& losses) {
  if (losses.empty()) return;
  throw Error(ErrorKind::kVerify, cat("additive_only: ", join(losses, "; ")));
}

}  // namespace

// One of the attempts of a step, or of all steps together.
struct Runner::Attempt {
  int number = 1;
  std::int64_t effects = 0;             // of scripts outside of the database, before the first attempt
  const Work* at = nullptr;             // of steps together: the one under way
  std::size_t begun = 0;                // of steps together: how many were announced
  bool running = false;                 // without a transaction: the history has its row
  std::int64_t committed = 0;           // without a transaction: statements that stay
  std::vector<std::string> unfinished;  // without a transaction: objects that were unfinished before
  StepWatch watch{""};                  // of steps together: of the one under way
  bool again() const { return number > 1; }
};

Runner::Runner(std::shared_ptr<Connection> connection, History& history, const EventStream& events,
               const EngineOptions& options)
    : connection_(connection),
      session_(std::move(connection), events),
      history_(history),
      events_(events),
      options_(options) {}

StepReport Runner::begin_step(const Work& work, const StepWatch& watch) {
  events_.emit(watch.event(Event::Kind::kStepBegun, work));
  return report_of(work);
}

// The environment's timeouts are those of transactions.
StepLimits Runner::limits_of(const Work& work) const {
  const auto own_or = [&](const std::string& own, const std::string& general) {
    return own.empty() && work.transaction ? general : own;
  };
  StepLimits limits;
  limits.lock_timeout = own_or(work.lock_timeout, options_.lock_timeout);
  limits.statement_timeout = own_or(work.statement_timeout, options_.statement_timeout);
  limits.blocking.sessions = work.max_blocked.value_or(options_.max_blocked);
  limits.blocking.ms = work.max_blocked_ms.value_or(options_.max_blocked_ms);
  limits.patience_ms = options_.migrator_lock_timeout_ms;
  return limits;
}

StepLimits Runner::limits_of(const Work& work, const Attempt& attempt) const {
  StepLimits limits = limits_of(work);
  limits.may_repeat = [&work, before = attempt.effects] { return work.repeatable || effects_of(work) == before; };
  limits.made_before = [this, &work](const IndexWords& words) {
    return history_.made_since_started(work.step.version, work.step.checksum, words.table, words.index);
  };
  return limits;
}

// As the history keeps it.
std::string Runner::one_line(const Error& error) const {
  std::string text = error.file.empty() ? error.message : cat(error.file, ":", error.line, ": ", error.message);
  std::replace(text.begin(), text.end(), '\n', ' ');
  return options_.redact ? options_.redact(text) : text;
}

void Runner::roll_back() noexcept {
  session_.abandon_watch();
  try {
    if (connection_->transaction_state() != TransactionState::kIdle) connection_->rollback();
    session_.be_oneself();
  } catch (const Error&) {
    // a session that is gone has rolled back
  }
}

// The event log keeps what failed, unless the session is gone.
void Runner::note_failure(const Work& work, const StepWatch& watch, const Error& error) noexcept {
  try {
    HistoryEvent event;
    event.version = work.step.version;
    event.name = work.step.name;
    event.event = "failed";
    event.direction = watch.direction();
    event.duration_ms = watch.whole_ms();
    event.checksum = work.step.checksum;
    event.detail = one_line(error);
    history_.record_event(event);
  } catch (const Error&) {
  }
}

void Runner::do_work(const Work& work) {
  const bool guarded = work.additive_only && work.step.direction == Direction::kUp;
  const Catalog before = guarded ? read_catalog(*connection_) : Catalog();
  const TransactionState state = connection_->transaction_state();
  work.run(connection_);
  check_still(state);
  if (guarded) refuse_losses(find_losses(before, read_catalog(*connection_)));
}

void Runner::check_still(TransactionState state) {
  const TransactionState now = connection_->transaction_state();
  if (now == state || session_.blocking()) return;
  if (state == TransactionState::kOpen) throw Error(ErrorKind::kLua, "the script ended the migration's transaction");
  throw Error(ErrorKind::kLua, "the script left a transaction open: it was rolled back")
      .advise("use db:transaction(fn), which ends what it begins");
}

void Runner::check_verify(const Work& work) {
  if (!work.verify) return;
  try {
    work.verify(connection_);
  } catch (Error& error) {
    if (error.kind == ErrorKind::kSql || error.kind == ErrorKind::kLua) error.kind = ErrorKind::kVerify;
    throw;
  }
}

// What became invalid or unvalidated since `before` was listed; nothing when the server cannot be asked any more.
std::vector<std::string> Runner::newly_unfinished(const std::vector<std::string>& before) {
  std::vector<std::string> fresh;
  for (const auto& object : unfinished_objects(*connection_)) {
    if (std::find(before.begin(), before.end(), object) == before.end()) fresh.push_back(object);
  }
  return fresh;
}

void Runner::refuse_unfinished(const std::vector<std::string>& before) {
  const std::vector<std::string> fresh = newly_unfinished(before);
  if (!fresh.empty()) throw Error(ErrorKind::kVerify, cat("it left behind: ", join(fresh, ", ")));
}

void Runner::note_unfinished(const std::vector<std::string>& before, Error& error) noexcept {
  try {
    for (const auto& object : newly_unfinished(before)) error.note_done(cat("stays: ", object));
  } catch (const Error&) {
    // the session is gone
  }
}

void Runner::record(const Work& work, const StepWatch& watch) {
  if (work.step.direction == Direction::kDown) return history_.record_reverted(work.step.version, watch.whole_ms());
  history_.record_applied({*work.step.source, work.fingerprint, work.text, watch.whole_ms()});
}

// Commits the transaction whose last record is that of `last`.
void Runner::commit(const Work& last) {
  const auto recorded = [&](Connection& session) {
    return History(session, history_.actor()).was_recorded(last.step.version, last.step.direction);
  };
  commit_or_ask(*connection_, {label(last), recorded}, events_);
}

void Runner::run_in_transaction(const Work& work, const StepWatch& watch, const Attempt& attempt) {
  try {
    session_.begin(limits_of(work, attempt), attempt.number);
    do_work(work);
    if (work.step.direction == Direction::kUp) check_verify(work);
    session_.end_watch();
    record(work, watch);
    commit(work);
  } catch (Error& error) {
    roll_back();
    explain(work, error);
    note_fate(*connection_, cat("everything that ", label(work), " did"), error);
    throw;
  }
}

void Runner::record_running(const Work& work) {
  if (work.step.direction == Direction::kDown) return history_.record_running_down(work.step.version);
  history_.record_running_up({*work.step.source, work.fingerprint, work.text, 0});
}

void Runner::run_statement_by_statement(const Work& work, const StepWatch& watch, Attempt& attempt) {
  record_running(work);
  attempt.running = true;
  if (!attempt.again()) attempt.unfinished = unfinished_of_others(*connection_, work.text.up);
  attempt.committed = 0;
  try {
    session_.begin_without_transaction(limits_of(work, attempt), attempt.number);
    do_work(work);
    attempt.committed = connection_->statements();
    refuse_unfinished(attempt.unfinished);
    if (work.step.direction == Direction::kUp) check_verify(work);
    session_.end_watch();
    connection_->begin();
    record(work, watch);
    commit(work);
  } catch (Error& error) {
    roll_back();
    explain(work, error);
    if (attempt.committed == 0) attempt.committed = connection_->statements();
    throw;
  }
}

void Runner::record_failed(const Work& work, const StepWatch& watch, const Attempt& attempt, Error& error) {
  bool recorded = true;
  try {
    history_.record_failed(work.step.version, work.step.direction, watch.whole_ms(), one_line(error));
  } catch (const Error&) {
    recorded = false;  // the row stays `running`, and its process will be gone: the next run sees that
  }
  note_half_done(work, attempt.committed, recorded, error);
  note_unfinished(attempt.unfinished, error);
}

Obstacle Runner::obstacle(const Error& error) const {
  if (error.kind == ErrorKind::kInterrupted || error.kind == ErrorKind::kConnect) return Obstacle::kNone;
  const auto blocking = session_.blocking();
  if (blocking) return blocking->waited_for.empty() ? Obstacle::kBlockedAsWorking : Obstacle::kBlockedAsWaiting;
  return gave_up_on_lock(error) ? Obstacle::kLock : Obstacle::kNone;
}

// The guard knows more about a statement that was cancelled or gave up than the server says.
void Runner::explain(const Work& work, Error& error) {
  const Obstacle met = obstacle(error);
  if (met == Obstacle::kNone) return;
  if (const auto blocking = session_.blocking()) {
    error = blocked_error(error, *blocking, limits_of(work).blocking);
    return;
  }
  const std::string waited = session_.waited_for();
  if (!waited.empty() && error.detail.empty()) error.detail = cat("it waited for ", waited);
}

// Sleeps, and says why, when the same work may be done again.
bool Runner::tries_again(const Work& work, Error& error, const Attempt& attempt) {
  const Obstacle met = obstacle(error);
  if (met == Obstacle::kNone) return false;
  const std::int64_t effects = effects_of(work) - attempt.effects;
  const bool repeatable = work.repeatable || (effects == 0 && work.transaction);
  if (!repeatable || attempt.number >= attempts_for(met)) {
    if (attempt.again()) error.message += cat("; tried ", attempt.number, " times");
    if (effects > 0 && !work.repeatable) error.note_done(kNotRepeated);
    return false;
  }
  const auto blocking = session_.blocking();
  const std::int64_t pause = pause_after_ms(attempt.number, blocking ? blocking->ms : 0);
  Event event{Event::Kind::kWaiting};
  event.text = cat(label(work), met == Obstacle::kLock ? ": a lock was not free (" : ": ", error.message,
                   met == Obstacle::kLock ? ")" : "", error.detail.empty() ? "" : cat("; ", error.detail), "; attempt ",
                   attempt.number + 1, " of ", attempts_for(met), " in ", human_duration(static_cast<double>(pause)));
  event.text = join(split(event.text, '\n'), "; ");
  events_.emit(event);
  sleep_ms(pause);
  return !interrupted();
}

void Runner::note_not_begun(const Work& work, Error& error) const {
  if (!error.done.empty() || connection_->transaction_state() != TransactionState::kLost) return;
  error.note_done(cat(label(work), ": not committed: the connection was lost before it had begun"));
}

void Runner::advise(const Work& work, Error& error) const {
  if (!session_.blocking() || obstacle(error) == Obstacle::kNone) {
    error.advise(advice_after(error, work.step.direction));
    return;
  }
  error.advise("max_blocked and max_blocked_time, in the migration or in tide.toml, say how much is allowed");
}

StepReport Runner::run(const Work& work) {
  const StepWatch watch(direction_name(work.step.direction));
  StepReport report = begin_step(work, watch);
  Attempt attempt;
  attempt.effects = effects_of(work);
  for (;; ++attempt.number) {
    try {
      session_.put_back();
      work.transaction ? run_in_transaction(work, watch, attempt) : run_statement_by_statement(work, watch, attempt);
      break;
    } catch (Error& error) {
      if (tries_again(work, error, attempt)) continue;
      if (!attempt.running) note_not_begun(work, error);
      if (work.transaction) {
        note_failure(work, watch, error);
        advise(work, error);
      } else if (attempt.running && stays_running(work, error)) {
        note_checkpoint(error);
        error.advise("tide up   (goes on there)");
      } else if (attempt.running) {
        record_failed(work, watch, attempt, error);
      }
      throw watch.failed(std::move(error), work, events_);
    }
  }
  events_.emit(watch.done(report, *connection_, done_state(work)));
  return report;
}

std::vector<StepReport> Runner::run_together(const std::vector<Work>& works) {
  for (const auto& work : works) {
    if (work.transaction) continue;
    throw Error(ErrorKind::kUsage, cat("--single-transaction: ", label(work), " has transaction = false"));
  }
  Attempt attempt;
  attempt.effects = effects_of(works.front());
  for (;; ++attempt.number) {
    try {
      return run_all(works, attempt);
    } catch (Error& error) {
      if (tries_again(*attempt.at, error, attempt)) continue;
      fail_all(works, attempt, std::move(error));
    }
  }
}

std::vector<StepReport> Runner::run_all(const std::vector<Work>& works, Attempt& attempt) {
  std::vector<StepReport> reports;
  std::vector<Event> done;
  attempt.at = &works.front();
  try {
    session_.put_back();
    session_.begin(limits_of(works.front(), attempt), attempt.number);
    for (const auto& work : works) {
      attempt.at = &work;
      attempt.watch = StepWatch(direction_name(work.step.direction));
      connection_->reset_counters();
      if (!reports.empty()) session_.go_on(limits_of(work));
      if (reports.size() == attempt.begun) events_.emit(attempt.watch.event(Event::Kind::kStepBegun, work));
      attempt.begun = std::max(attempt.begun, reports.size() + 1);
      do_work(work);
      if (work.step.direction == Direction::kUp) check_verify(work);
      record(work, attempt.watch);
      reports.push_back(report_of(work));
      done.push_back(attempt.watch.done(reports.back(), *connection_, done_state(work)));
    }
    session_.end_watch();
    commit(works.back());
  } catch (Error& error) {
    roll_back();
    explain(*attempt.at, error);
    throw;
  }
  for (const auto& event : done) events_.emit(event);
  return reports;
}

void Runner::fail_all(const std::vector<Work>& works, const Attempt& attempt, Error error) {
  note_fate(*connection_, cat("all ", works.size(), " migrations of this run (--single-transaction)"), error);
  advise(*attempt.at, error);
  note_failure(*attempt.at, attempt.watch, error);
  throw attempt.watch.failed(std::move(error), *attempt.at, events_);
}

}  // namespace tide
