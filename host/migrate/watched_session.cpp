#include "migrate/watched_session.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "base/text.h"
#include "db/sql_scan.h"
#include "migrate/leftover_index.h"
#include "migrate/retry.h"
#include "tide/error.h"

namespace tide {
namespace {

constexpr std::chrono::seconds kForLittle{1};
constexpr const char* kQueryCanceled = "57014";

Statement own(std::string sql, std::vector<Value> params = {}) {
  Statement statement(std::move(sql), std::move(params));
  statement.internal = true;
  return statement;
}

std::string first_text(Connection& connection, const Statement& statement) {
  const auto row = connection.query(statement);
  return row->next() ? std::string(row->cell(0).text) : "";
}

// Most statements begin with another word, and are not read any further.
bool may_concern_indexes(std::string_view sql) {
  const std::string_view text = trim(sql);
  const char first = text.empty() ? ' ' : static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return first == 'C' || first == 'D' || first == 'R' || first == 'A' || first == '-' || first == '/';
}

bool holds(std::string_view text, std::string_view word) {
  const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
  return std::search(text.begin(), text.end(), word.begin(), word.end(), same) != text.end();
}

// SET ROLE, SET SESSION AUTHORIZATION, set_config('role', ...), whose name may be a value.
bool may_change_role(const Statement& statement) {
  return holds(statement.sql, "role") || holds(statement.sql, "authorization") || holds(statement.sql, "set_config");
}

}  // namespace

WatchedSession::WatchedSession(std::shared_ptr<Connection> connection, const EventStream& events)
    : connection_(std::move(connection)), events_(events), postgres_(connection_->info().engine == "postgres") {
  if (!postgres_) return;
  guard_ = std::make_unique<BlockingGuard>(*connection_);
  connection_->set_doorkeeper(this);
}

WatchedSession::~WatchedSession() {
  if (postgres_) connection_->set_doorkeeper(nullptr);
}

// Advisory locks of the session are put back too: what a script took for itself is not the next one's.
void WatchedSession::put_back() {
  if (used_) {
    if (postgres_ && !connection_->pooled()) connection_->execute(own("SELECT pg_advisory_unlock_all()"));
    connection_->reset_session();
  }
  used_ = true;
  connection_->reset_counters();
}

WatchedSession::Server WatchedSession::ask_server() {
  const auto row = connection_->query(own("SELECT pg_backend_pid(), current_setting('lock_timeout')"));
  row->next();
  return {static_cast<int>(row->cell(0).integer), std::string(row->cell(1).text)};
}

std::string WatchedSession::shown(const char* name) {
  return first_text(*connection_, own("SELECT current_setting($1)", {name}));
}

void WatchedSession::set(const char* name, const std::string& value, bool local) {
  connection_->execute(own("SELECT set_config($1, $2, $3)", {name, value, local}));
}

bool WatchedSession::wants_default(const std::string& lock_timeout, const Server& server) const {
  return postgres_ && lock_timeout.empty() && server.lock_timeout == "0";
}

// A session that is ours alone is asked once. One of a pooler is known inside of a transaction only.
void WatchedSession::begin(const StepLimits& limits, int attempt) {
  const bool own_session = postgres_ && !connection_->pooled();
  if (own_session && !server_) server_ = ask_server();
  TransactionOptions options;
  options.managed = true;
  options.lock_timeout = limits.lock_timeout;
  options.statement_timeout = limits.statement_timeout;
  const char* wait = lock_wait_of(attempt);
  if (own_session && wants_default(limits.lock_timeout, *server_)) options.lock_timeout = wait;
  connection_->begin(options);
  if (!postgres_) return;
  const Server server = own_session ? *server_ : ask_server();
  brief_ = wants_default(limits.lock_timeout, server);
  if (brief_ && !own_session) set("lock_timeout", wait, true);
  may_repeat_ = limits.may_repeat;
  begun_ = std::chrono::steady_clock::now();
  watch(limits, server, attempt);
}

// What a step before has set is not this one's.
WatchedSession::Server WatchedSession::set_timeouts(const StepLimits& limits) {
  connection_->execute(own("SET LOCAL lock_timeout TO DEFAULT"));
  connection_->execute(own("SET LOCAL statement_timeout TO DEFAULT"));
  const Server server = ask_server();
  const bool wanted = wants_default(limits.lock_timeout, server);
  const std::string lock_timeout = wanted ? kLongLockWait : limits.lock_timeout;
  brief_ = false;
  if (!lock_timeout.empty()) set("lock_timeout", lock_timeout, true);
  if (!limits.statement_timeout.empty()) set("statement_timeout", limits.statement_timeout, true);
  return server;
}

void WatchedSession::join(const StepLimits& limits) {
  if (!postgres_) return;
  watch(limits, set_timeouts(limits), 1);
}

void WatchedSession::go_on(const StepLimits& limits) {
  if (!postgres_) return;
  set_timeouts(limits);
  guard_->change(limits.blocking);
}

// Behind a pooler there is no session to set anything for, or to watch.
void WatchedSession::begin_without_transaction(const StepLimits& limits, int attempt) {
  brief_ = false;
  if (!postgres_) return;
  if (connection_->pooled()) {
    if (limits.lock_timeout.empty() && limits.statement_timeout.empty()) return;
    Event event{Event::Kind::kWarning};
    event.text = "behind a connection pooler the timeouts of a migration without a transaction cannot be set";
    return events_.emit(event);
  }
  if (!server_) server_ = ask_server();
  if (!limits.lock_timeout.empty()) set("lock_timeout", limits.lock_timeout, false);
  if (!limits.statement_timeout.empty()) set("statement_timeout", limits.statement_timeout, false);
  watch(limits, *server_, attempt);
}

void WatchedSession::watch(const StepLimits& limits, const Server& server, int attempt) {
  const bool again = attempt > 1;
  patience_ms_ = limits.patience_ms;
  made_before_ = limits.made_before;
  if (!again) guard_->take_last_wait();
  guard_->watch(server.backend, limits.blocking, again);
}

void WatchedSession::end_watch() {
  if (!guard_) return;
  guard_->rest();
  tell_trouble();
  refuse_after_cancel();
  be_oneself();
}

void WatchedSession::be_oneself() {
  if (!std::exchange(role_touched_, false)) return;
  connection_->execute(own("RESET SESSION AUTHORIZATION"));
  connection_->execute(own("RESET ROLE"));
}

void WatchedSession::abandon_watch() noexcept {
  if (!guard_) return;
  guard_->rest();
  tell_trouble();
}

void WatchedSession::tell_trouble() {
  const std::string trouble = guard_->take_trouble();
  if (trouble.empty()) return;
  Event event{Event::Kind::kWarning};
  event.text = cat("whom migrations keep waiting is not watched: ", trouble);
  events_.emit(event);
}

std::optional<Blocking> WatchedSession::blocking() const { return guard_ ? guard_->blocking() : std::nullopt; }

std::string WatchedSession::waited_for() { return guard_ ? guard_->take_last_wait() : ""; }

void WatchedSession::refuse_after_cancel() const {
  if (!guard_->cancelled()) return;
  Error error(ErrorKind::kSql, "the migration keeps other sessions waiting and was cancelled");
  error.sqlstate = kQueryCanceled;
  throw error;
}

bool WatchedSession::enter(const Statement& statement) {
  refuse_after_cancel();
  if (brief_) wait_longer(statement);
  role_touched_ = role_touched_ || may_change_role(statement);
  if (!may_concern_indexes(statement.sql)) return true;
  const IndexWords words = read_index_words(statement.sql);
  const bool alone = connection_->transaction_state() == TransactionState::kIdle;
  if (words.concurrently && alone) return enter_concurrent(words);
  if (words.creates_index && words.if_not_exists && !words.concurrently) refuse_invalid(words, *connection_);
  return true;
}

// When giving up at a lock would cost more than what others lose who wait behind it.
void WatchedSession::wait_longer(const Statement& statement) {
  if (holds(statement.sql, "lock_timeout")) brief_ = false;  // the script says it itself
  if (!brief_) return;
  const bool for_little = std::chrono::steady_clock::now() - begun_ < kForLittle;
  const bool repeatable = !may_repeat_ || may_repeat_();
  const std::string verb = classify_sql(statement.sql, Dialect::kPostgres).verb;
  if (for_little && repeatable && waits_before_work(verb)) return;
  if (connection_->transaction_state() != TransactionState::kOpen) return;
  brief_ = false;
  set("lock_timeout", kLongLockWait, true);
}

// IF NOT EXISTS accepts it by itself.
bool WatchedSession::was_made_before(const IndexWords& words) const {
  if (!words.creates_index || words.if_not_exists || words.index.empty()) return false;
  if (!made_before_ || !made_before_(words)) return false;
  Event event{Event::Kind::kWarning};
  event.text =
      cat("the index ", words.index, " is there and valid: an attempt before had begun it, and the server has ",
          "finished it. It is not built again");
  events_.emit(event);
  return true;
}

bool WatchedSession::enter_concurrent(const IndexWords& words) {
  guard_->pause();
  concurrent_ = true;
  try {
    lift_lock_timeout();
    if (words.creates_index) make_way_for(words, *connection_, events_, patience_ms_);
    if (!was_made_before(words)) return true;
  } catch (const Error&) {
    leave(Statement(""));
    throw;
  }
  leave(Statement(""));
  return false;
}

void WatchedSession::leave(const Statement&) noexcept {
  if (!concurrent_) return;
  concurrent_ = false;
  try {
    const std::string lock_timeout = std::exchange(lock_timeout_, "");
    if (!lock_timeout.empty()) set("lock_timeout", lock_timeout, false);
  } catch (const std::exception&) {
    // the session is gone
  }
  guard_->resume();
}

// It waits for transactions that are older than it, however long they take; giving up would leave an invalid index.
void WatchedSession::lift_lock_timeout() {
  const std::string lock_timeout = shown("lock_timeout");
  if (lock_timeout == "0") return;
  if (connection_->pooled()) {
    throw Error(ErrorKind::kConfig,
                cat("it would run under lock_timeout ", lock_timeout,
                    ", which a role or the database sets and which cannot be lifted behind a connection pooler"))
        .advise("connect directly for this migration (--url), or: ALTER ROLE ... SET lock_timeout = 0");
  }
  set("lock_timeout", "0", false);
  lock_timeout_ = lock_timeout;
}

namespace {

std::string advice_for(const Blocking& blocking, const Error& error) {
  if (!blocking.waited_for.empty()) {
    return "when the transactions that it waited for have ended (DETAIL names them), run it again; or end them";
  }
  const std::string file = error.file.empty() ? "the migration" : error.file;
  return cat("split ", file,
             ": what locks the table into a migration of its own, the long work behind it into another, in batches "
             "(transaction = false) or CONCURRENTLY");
}

}  // namespace

Error blocked_error(const Error& error, const Blocking& blocking, const BlockingLimit& limit) {
  Error blocked = error;
  blocked.kind = ErrorKind::kSql;
  blocked.sqlstate = kQueryCanceled;
  blocked.position = 0;
  blocked.message =
      cat("cancelled, because it kept ", blocking.sessions, blocking.sessions == 1 ? " session" : " sessions",
          " waiting, for ", human_duration(static_cast<double>(blocking.ms)), " (allowed: ", limit.sessions, " for ",
          human_duration(static_cast<double>(limit.ms)), ")");
  blocked.detail = blocking.waited_for.empty()
                       ? "it was not waiting for a lock, but working while it held one"
                       : cat("it waited itself for ", blocking.waited_for,
                             blocking.holders.empty() ? "" : cat(", held by ", join(blocking.holders, "\nand ")));
  blocked.detail += cat("\nblocked: ", join(blocking.blocked, "\nblocked: "));
  blocked.advise(advice_for(blocking, error));
  return blocked;
}

}  // namespace tide
