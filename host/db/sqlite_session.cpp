#include "db/sqlite_session.h"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <thread>

#include "base/text.h"
#include "db/sqlite_error.h"
#include "tide/error.h"

namespace tide {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kKeptStatements = 64;
constexpr int kProgressSteps = 2000;  // virtual machine instructions between two looks at the clock

// What a script may change and reset_session puts back.
constexpr std::array<const char*, 10> kPragmas = {
    "foreign_keys",       "query_only",  "recursive_triggers", "ignore_check_constraints",  "writable_schema",
    "legacy_alter_table", "synchronous", "cache_size",         "reverse_unordered_selects", "defer_foreign_keys"};

std::int64_t elapsed_ms(Clock::time_point since) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - since).count();
}

// Why the file cannot be opened, in words; SQLite itself only says that it cannot.
std::string reason(sqlite3* db, int rc, const SqliteUrl& url) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  const fs::path file = url.path;
  if (fs::is_directory(file, ignored)) return "it is a directory";
  if (file.has_parent_path() && !fs::exists(file.parent_path(), ignored)) {
    return cat("the directory ", file.parent_path().string(), " does not exist");
  }
  if (!fs::exists(file, ignored) && !url.create) return "the file does not exist";
  const int system = db ? sqlite3_system_errno(db) : 0;
  if (system != 0 && (rc & 0xff) == SQLITE_CANTOPEN) return std::generic_category().message(system);
  return db ? sqlite3_errmsg(db) : sqlite3_errstr(rc);
}

void require_known_isolation(const std::string& isolation) {
  const std::string level = lower(isolation);
  for (const char* known : {"", "read uncommitted", "read committed", "repeatable read", "serializable"}) {
    if (level == known) return;
  }
  throw Error(ErrorKind::kUsage,
              cat("isolation is \"", isolation, "\"; allowed are read committed, repeatable read and serializable"));
}

}  // namespace

SqliteSession::Operation::Operation(SqliteSession& session)
    : session_(session), outermost_(session.started_ == Clock::time_point::max()) {
  if (!outermost_) return;
  session.interrupted_ = false;
  session.timed_out_ = false;
  session.started_ = Clock::now();
}

SqliteSession::Operation::~Operation() {
  if (outermost_) session_.started_ = Clock::time_point::max();
}

SqliteSession::SqliteSession(const SqliteUrl& url)
    : url_(url), started_(Clock::time_point::max()), lock_timeout_ms_(url.busy_timeout_ms) {
  try {
    open(url);
    configure();
  } catch (...) {
    sqlite3_close_v2(db_);
    throw;
  }
}

SqliteSession::~SqliteSession() {
  forget_statements();
  sqlite3_close_v2(db_);
}

void SqliteSession::open(const SqliteUrl& url) {
  // must come before SQLite's first use in the process: counting what it allocates is a third of compiling a statement
  static const int uncounted = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  static_cast<void>(uncounted);
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  flags |= url.read_only && !url.memory ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
  if (url.create || url.memory) flags |= SQLITE_OPEN_CREATE;
  // an absolute path is never taken for one of SQLite's own "file:" URIs
  const std::string path = url.memory ? url.path : std::filesystem::absolute(url.path).string();
  int rc = sqlite3_open_v2(path.c_str(), &db_, flags, nullptr);
  if (rc == SQLITE_OK) {
    sqlite3_busy_handler(db_, on_busy, this);
    rc = sqlite3_exec(db_, "SELECT count(*) FROM sqlite_master", nullptr, nullptr, nullptr);
  }
  if (rc == SQLITE_OK) return;
  Error error(ErrorKind::kConnect, cat("cannot open the database ", url.path, ": ", reason(db_, rc, url)));
  if (db_ != nullptr) error.sqlstate = sqlite_failure(db_, rc, "").sqlstate;
  throw error;
}

void SqliteSession::configure() {
  sqlite3_progress_handler(db_, kProgressSteps, on_progress, this);
  authorizer_.watch(db_);
  execute(cat("PRAGMA foreign_keys = ", url_.foreign_keys ? 1 : 0));
  if (url_.read_only) protect();
  for (const char* name : kPragmas) pragmas_.push_back({name, integer(cat("PRAGMA ", name))});
  authorizer_.forget_marks();
}

void SqliteSession::protect() {
  execute("PRAGMA query_only = 1");
  authorizer_.set_protected(true);
}

int SqliteSession::on_busy(void* self, int calls) {
  auto& session = *static_cast<SqliteSession*>(self);
  if (calls == 0) session.waiting_since_ = Clock::now();
  const std::int64_t limit = session.lock_timeout_ms_;
  const std::int64_t waited = elapsed_ms(session.waiting_since_);
  if (session.interrupted_ || (limit >= 0 && waited >= limit) || on_progress(self)) return 0;
  std::int64_t pause = std::min(1 + calls * 2, 25);
  if (limit >= 0) pause = std::min(pause, limit - waited);
  std::this_thread::sleep_for(std::chrono::milliseconds(pause));
  return 1;
}

int SqliteSession::on_progress(void* self) {
  auto& session = *static_cast<SqliteSession*>(self);
  if (session.interrupted_) return 1;
  if (session.statement_timeout_ms_ < 0 || session.started_ == Clock::time_point::max()) return 0;
  session.timed_out_ = elapsed_ms(session.started_) >= session.statement_timeout_ms_;
  return session.timed_out_ ? 1 : 0;
}

void SqliteSession::interrupt() noexcept {
  interrupted_ = true;
  sqlite3_interrupt(db_);
}

sqlite3_stmt* SqliteSession::take(const std::string& sql) {
  for (auto kept = kept_.begin(); kept != kept_.end(); ++kept) {
    if (kept->sql != sql) continue;
    sqlite3_stmt* statement = kept->statement;
    kept_.erase(kept);
    return statement;
  }
  if (sql.find('\0') != std::string::npos) throw Error(ErrorKind::kUsage, "the SQL text holds a NUL byte");
  sqlite3_stmt* statement = nullptr;
  const char* rest = nullptr;
  authorizer_.begin_statement();
  const int rc = sqlite3_prepare_v2(db_, sql.c_str(), static_cast<int>(sql.size()) + 1, &statement, &rest);
  if (rc != SQLITE_OK) raise(rc, sql);
  try {
    if (!authorizer_.reusable()) used_once_.push_back(statement);
    refuse_rest(sql, rest);
  } catch (...) {
    discard(statement);
    throw;
  }
  return statement;
}

// SQLite would silently leave out whatever stands after the first statement.
void SqliteSession::refuse_rest(const std::string& sql, const char* rest) {
  while (*rest != '\0') {
    sqlite3_stmt* another = nullptr;
    const int rc = sqlite3_prepare_v2(db_, rest, -1, &another, &rest);
    sqlite3_finalize(another);
    if (rc == SQLITE_OK && another == nullptr) continue;
    Error error(ErrorKind::kUsage, "the text holds several statements; db:script runs such a text");
    error.statement = sql;
    throw error;
  }
}

void SqliteSession::give_back(const std::string& sql, sqlite3_stmt* statement) noexcept {
  if (statement == nullptr || std::count(used_once_.begin(), used_once_.end(), statement) > 0)
    return discard(statement);
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
  try {
    kept_.push_front({sql, statement});
  } catch (const std::bad_alloc&) {
    sqlite3_finalize(statement);
    return;
  }
  if (kept_.size() <= kKeptStatements) return;
  sqlite3_finalize(kept_.back().statement);
  kept_.pop_back();
}

void SqliteSession::discard(sqlite3_stmt* statement) noexcept {
  sqlite3_finalize(statement);
  used_once_.erase(std::remove(used_once_.begin(), used_once_.end(), statement), used_once_.end());
}

void SqliteSession::forget_statements() noexcept {
  for (const Kept& kept : kept_) sqlite3_finalize(kept.statement);
  kept_.clear();
}

void SqliteSession::execute(const std::string& sql) {
  const int rc = sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr);
  if (rc != SQLITE_OK) raise(rc, sql);
}

std::int64_t SqliteSession::integer(const std::string& sql) {
  sqlite3_stmt* statement = take(sql);
  const int rc = sqlite3_step(statement);
  const std::int64_t value = rc == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
  give_back(sql, statement);
  if (rc != SQLITE_ROW && rc != SQLITE_DONE) raise(rc, sql);
  return value;
}

void SqliteSession::raise(int rc, const std::string& sql) {
  Error error = sqlite_failure(db_, rc, sql);
  const int primary = rc & 0xff;
  if (primary == SQLITE_BUSY && interrupted_) {
    error = Error(ErrorKind::kInterrupted, "interrupted while waiting for a lock");
    error.sqlstate = "57014";
    error.statement = sql;
  } else if ((primary == SQLITE_INTERRUPT || primary == SQLITE_BUSY) && timed_out_) {
    error.kind = ErrorKind::kSql;
    error.sqlstate = "57014";
    error.message = cat("the statement took longer than statement_timeout (", statement_timeout_ms_, " ms)");
  } else if (primary == SQLITE_BUSY) {
    error.hint = "another connection holds a lock on the database";
  } else if (primary == SQLITE_AUTH) {
    error.message = "the session may only read, and this PRAGMA would change that";
  }
  throw error;
}

void SqliteSession::begin(const TransactionOptions& options) {
  require_known_isolation(options.isolation);
  Operation operation(*this);
  set_readers_aside();
  const std::int64_t lock_timeout_before = lock_timeout_ms_;
  if (!options.lock_timeout.empty()) lock_timeout_ms_ = parse_timeout_ms(options.lock_timeout, "lock_timeout");
  try {
    execute(options.managed && !options.read_only && !url_.read_only ? "BEGIN IMMEDIATE" : "BEGIN");
    if (!options.statement_timeout.empty()) {
      statement_timeout_ms_ = parse_timeout_ms(options.statement_timeout, "statement_timeout");
    }
    if (options.read_only && !authorizer_.protects()) {
      read_only_transaction_ = true;
      protect();
    }
  } catch (...) {
    if (!open_ && in_transaction()) execute("ROLLBACK");
    lock_timeout_ms_ = lock_timeout_before;
    settle(true);
    throw;
  }
  settle(false);
}

bool SqliteSession::in_transaction() const { return sqlite3_get_autocommit(db_) == 0; }

void SqliteSession::settle(bool statement_failed) {
  const bool open = in_transaction();
  if (open_ && !open && statement_failed) rolled_back_ = true;
  open_ = open;
  if (!open_ && !rolled_back_) end_transaction();
}

void SqliteSession::acknowledge_rollback() {
  rolled_back_ = false;
  end_transaction();
}

// The PRAGMA does nothing inside a transaction, because the violations that wait for its COMMIT are counted while they
// happen. The same switch in the C interface works there, and is right as long as none of them waits.
void SqliteSession::enforce_foreign_keys(bool on) {
  if (!in_transaction())
    throw Error(ErrorKind::kUsage, "foreign keys are switched inside a transaction, and none is open");
  int waiting = 0, highest = 0;
  sqlite3_db_status(db_, SQLITE_DBSTATUS_DEFERRED_FKS, &waiting, &highest, 0);
  if (waiting != 0) {
    throw Error(ErrorKind::kUsage,
                "rows of this transaction break a foreign key that is looked at when it is committed; "
                "put them right before, or in a migration before this one");
  }
  set_readers_aside();
  switch_foreign_keys(on);
  foreign_keys_off_ = !on;
}

void SqliteSession::switch_foreign_keys(bool on) {
  int now = -1;
  const int rc = sqlite3_db_config(db_, SQLITE_DBCONFIG_ENABLE_FKEY, on ? 1 : 0, &now);
  if (rc != SQLITE_OK) raise(rc, "PRAGMA foreign_keys");
  if (now != (on ? 1 : 0)) throw Error(ErrorKind::kSql, "SQLite does not switch the enforcement of foreign keys");
}

void SqliteSession::end_transaction() {
  if (foreign_keys_off_) {
    foreign_keys_off_ = false;
    switch_foreign_keys(true);
  }
  lock_timeout_ms_ = url_.busy_timeout_ms;
  statement_timeout_ms_ = -1;
  if (!read_only_transaction_) return;
  read_only_transaction_ = false;
  authorizer_.set_protected(false);
  execute("PRAGMA query_only = 0");
}

void SqliteSession::set_readers_aside() {
  while (!readers_.empty()) {
    SqliteReader* reader = readers_.front();
    readers_.pop_front();
    reader->set_aside();
  }
  if (interrupted_) throw Error(ErrorKind::kInterrupted, "interrupted");
}

void SqliteSession::restore_defaults() {
  sqlite3_busy_handler(db_, on_busy, this);
  for (const Pragma& pragma : pragmas_) {
    if (integer(cat("PRAGMA ", pragma.name)) == pragma.value) continue;
    execute(cat("PRAGMA ", pragma.name, " = ", pragma.value));
  }
  authorizer_.forget_marks();
}

}  // namespace tide
