#include "migrate/runner.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "base/text.h"
#include "migrate/additive.h"
#include "migrate/in_doubt.h"
#include "migrate/unfinished.h"
#include "sys/interrupt.h"

namespace tide {

namespace {

constexpr int kLockAttempts = 10;
constexpr std::int64_t kFirstPauseMs = 250;
constexpr std::int64_t kLongestPauseMs = 5000;

std::string label(const Work& work) { return cat(work.step.version, " ", work.step.name); }

bool is_lock_timeout(const Error& error) { return error.sqlstate == "55P03"; }

// "... cannot run inside a transaction block"
bool needs_no_transaction(const Error& error) { return error.sqlstate == "25001"; }

Event step_event(Event::Kind kind, const Work& work, const char* direction) {
  Event event{kind};
  event.version = work.step.version;
  event.name = work.step.name;
  event.direction = direction;
  return event;
}

void refuse_losses(const std::vector<std::string>& losses) {
  if (losses.empty()) return;
  throw Error(ErrorKind::kVerify, cat("additive_only: ", join(losses, "; ")));
}

// What to do about a step that was rolled back.
std::string advice(const Error& error, Direction direction) {
  const std::string again = cat("tide ", direction_name(direction));
  if (error.kind == ErrorKind::kConnect) return cat("tide status   asks the server what was applied; then: ", again);
  if (error.kind == ErrorKind::kInterrupted || error.file.empty()) return again;
  if (is_lock_timeout(error)) return cat("when the table is less busy, or with a longer lock_timeout: ", again);
  if (needs_no_transaction(error)) {
    return cat("set transaction = false in ", error.file, " (in a SQL file -- tide:no-transaction), then: ", again);
  }
  return cat("correct ", error.file, error.line > 0 ? cat(":", error.line) : "", ", then: ", again);
}

}  // namespace

class Runner::Watch {
 public:
  explicit Watch(const char* direction) : direction_(direction) {}
  double ms() const {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun_).count();
  }
  std::int64_t whole_ms() const { return std::llround(ms()); }
  const char* direction() const { return direction_; }

 private:
  const char* direction_;
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
};

Runner::Runner(std::shared_ptr<Connection> connection, History& history, const EventStream& events,
               const EngineOptions& options)
    : connection_(std::move(connection)), history_(history), events_(events), options_(options) {}

StepReport Runner::begin_step(const Work& work, const char* direction) {
  events_.emit(step_event(Event::Kind::kStepBegun, work, direction));
  return {work.step.version, work.step.name, work.step.direction, "", 0, 0, 0, {}};
}

void Runner::finish_step(const Watch& watch, StepReport& report, const char* state) {
  report.state = state;
  report.duration_ms = watch.whole_ms();
  report.statements = connection_->statements();
  report.rows = connection_->rows();
  Event event{Event::Kind::kStepDone};
  event.version = report.version;
  event.name = report.name;
  event.direction = watch.direction();
  event.state = state;
  event.ms = watch.ms();
  event.statements = report.statements;
  event.rows = report.rows;
  events_.emit(event);
}

void Runner::fail_step(const Work& work, const Watch& watch, Error error) {
  if (error.file.empty() && work.step.source) error.at(work.step.source->path);
  error.step = cat(label(work), " (", std::string_view(watch.direction()), ")");
  Event event = step_event(Event::Kind::kStepFailed, work, watch.direction());
  event.ms = watch.ms();
  event.error = std::make_shared<Error>(error);
  events_.emit(event);
  throw error;
}

TransactionOptions Runner::transaction_options(const Work& work) const {
  TransactionOptions options;
  options.managed = true;
  options.lock_timeout = work.lock_timeout.empty() ? options_.lock_timeout : work.lock_timeout;
  options.statement_timeout = work.statement_timeout.empty() ? options_.statement_timeout : work.statement_timeout;
  return options;
}

// As the history keeps it.
std::string Runner::one_line(const Error& error) const {
  std::string text = error.file.empty() ? error.message : cat(error.file, ":", error.line, ": ", error.message);
  std::replace(text.begin(), text.end(), '\n', ' ');
  return options_.redact ? options_.redact(text) : text;
}

void Runner::roll_back() noexcept {
  try {
    if (connection_->transaction_state() != TransactionState::kIdle) connection_->rollback();
  } catch (const Error&) {
    // a session that is gone has rolled back
  }
}

// The event log keeps what failed, unless the session is gone.
void Runner::note_failure(const Work& work, const Watch& watch, const Error& error) noexcept {
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
  if (now == state) return;
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

void Runner::record(const Work& work, const Watch& watch) {
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

// What became of a transaction of which `all` names everything that it did.
void Runner::note_fate(const std::string& all, Error& error) const {
  if (connection_->transaction_state() != TransactionState::kLost) {
    error.note_done(cat("rolled back: ", all, "; the history is as it was before"));
    return;
  }
  error.note_done(error.detail.empty()
                      ? cat("not committed: the connection was lost before COMMIT, so the server rolls "
                            "back ",
                            all)
                      : error.detail);
  error.detail.clear();
}

void Runner::run_in_transaction(const Work& work, const Watch& watch) {
  connection_->begin(transaction_options(work));
  try {
    do_work(work);
    if (work.step.direction == Direction::kUp) check_verify(work);
    record(work, watch);
    commit(work);
  } catch (Error& error) {
    roll_back();
    note_fate(cat("everything that ", label(work), " did"), error);
    throw;
  }
}

// What is left of a migration without a transaction, and what to do about it. A connection that was lost leaves its row
// `running`, which is taken on without being resolved.
void Runner::note_half_done(const Work& work, std::int64_t committed, Error& error) const {
  const std::string stays = cat("stays: what the ", committed, " statements before it did, each committed by itself; ");
  if (connection_->transaction_state() == TransactionState::kLost) {
    if (!error.detail.empty()) error.note_done(std::exchange(error.detail, ""));
    error.note_done(
        cat(stays, "whether the statement under way was done is not known; ", label(work), " is recorded as running"));
    error.advise(cat("tide ", direction_name(work.step.direction), "   runs it again from its start"));
    return;
  }
  error.note_done(cat(stays, label(work), " is recorded as failed"));
  error.advise(cat("put right what is half done, then: tide resolve ", work.step.version,
                   " --retry --reason \"...\"   runs it again from its start"));
  error.advise(cat("tide resolve ", work.step.version, " --applied --reason \"...\"   when you finished it by hand"));
  error.advise(cat("tide resolve ", work.step.version, " --reverted --reason \"...\"   when you undid it by hand"));
}

void Runner::run_statement_by_statement(const Work& work, const Watch& watch) {
  const bool up = work.step.direction == Direction::kUp;
  if (up) {
    history_.record_running_up({*work.step.source, work.fingerprint, work.text, 0});
  } else {
    history_.record_running_down(work.step.version);
  }
  const std::vector<std::string> broken = unfinished_of_others(*connection_, work.text.up);
  std::int64_t committed = 0;
  try {
    do_work(work);
    committed = connection_->statements();
    refuse_unfinished(broken);
    if (up) check_verify(work);
    connection_->begin();
    record(work, watch);
    commit(work);
  } catch (Error& error) {
    roll_back();
    if (committed == 0) committed = connection_->statements();
    note_half_done(work, committed, error);
    note_unfinished(broken, error);
    try {
      history_.record_failed(work.step.version, work.step.direction, watch.whole_ms(), one_line(error));
    } catch (const Error&) {
      // the session is gone; the row stays `running` and its process is not: the next run sees that
    }
    throw;
  }
}

// Only SQL has happened and all of it is rolled back, so the same work may be tried again.
bool Runner::wait_for_retry(const Work& work, const Error& error, int attempt) {
  if (!is_lock_timeout(error) || !work.transaction || attempt >= kLockAttempts) return false;
  const std::int64_t pause = std::min(kFirstPauseMs << (attempt - 1), kLongestPauseMs);
  Event event = step_event(Event::Kind::kWaiting, work, direction_name(work.step.direction));
  event.text = cat(label(work), ": a lock was not free (", error.message, "); attempt ", attempt + 1, " of ",
                   kLockAttempts, " in ", human_duration(static_cast<double>(pause)));
  events_.emit(event);
  sleep_ms(pause);
  return !interrupted();
}

StepReport Runner::run(const Work& work) {
  const Watch watch(direction_name(work.step.direction));
  StepReport report = begin_step(work, watch.direction());
  for (int attempt = 1;; ++attempt) {
    try {
      if (session_used_) connection_->reset_session();
      session_used_ = true;
      connection_->reset_counters();
      work.transaction ? run_in_transaction(work, watch) : run_statement_by_statement(work, watch);
      break;
    } catch (Error& error) {
      if (wait_for_retry(work, error, attempt)) continue;
      if (error.done.empty() && connection_->transaction_state() == TransactionState::kLost) {
        error.note_done(cat(label(work), ": not committed: the connection was lost before it had begun"));
      }
      if (work.transaction) {
        note_failure(work, watch, error);
        error.advise(advice(error, work.step.direction));
      }
      fail_step(work, watch, std::move(error));
    }
  }
  finish_step(watch, report, work.step.direction == Direction::kUp ? "applied" : "reverted");
  return report;
}

std::vector<StepReport> Runner::run_together(const std::vector<Work>& works) {
  std::vector<StepReport> reports;
  for (const auto& work : works) {
    if (work.transaction) continue;
    throw Error(ErrorKind::kUsage, cat("--single-transaction: ", label(work), " has transaction = false"));
  }
  connection_->begin(transaction_options(works.front()));
  const Work* at = &works.front();
  Watch watch(direction_name(at->step.direction));
  try {
    for (const auto& work : works) {
      at = &work;
      watch = Watch(direction_name(work.step.direction));
      reports.push_back(begin_step(work, watch.direction()));
      do_work(work);
      if (work.step.direction == Direction::kUp) check_verify(work);
      record(work, watch);
      finish_step(watch, reports.back(), work.step.direction == Direction::kUp ? "applied" : "reverted");
    }
    commit(works.back());
  } catch (Error& error) {
    roll_back();
    note_fate(cat("all ", works.size(), " migrations of this run (--single-transaction)"), error);
    error.advise(advice(error, at->step.direction));
    note_failure(*at, watch, error);
    fail_step(*at, watch, std::move(error));
  }
  return reports;
}

StepReport Runner::rehearse(const Work& work) {
  const Watch watch("up");
  StepReport report = begin_step(work, watch.direction());
  try {
    do_work(work);
    check_verify(work);
  } catch (Error& error) {
    error.note_done("rolled back: this was a dry run, nothing lasts");
    error.advise(advice(error, work.step.direction));
    fail_step(work, watch, std::move(error));
  }
  finish_step(watch, report, "recorded");
  return report;
}

StepReport Runner::verify(const Work& work) {
  const Watch watch("verify");
  StepReport report = begin_step(work, watch.direction());
  try {
    connection_->begin(transaction_options(work));
    check_verify(work);
    connection_->rollback();
  } catch (Error& error) {
    roll_back();
    fail_step(work, watch, std::move(error));
  }
  finish_step(watch, report, "verified");
  return report;
}

}  // namespace tide
