#include "migrate/rehearsal_look.h"

#include <chrono>
#include <utility>

#include "base/text.h"
#include "db/drivers.h"
#include "sys/thread.h"
#include "tide/error.h"

namespace tide {
namespace {

constexpr std::chrono::microseconds kPause{300};
constexpr int kLooksOfSnapshot = 50;
constexpr int kForcesFlush = 150000;

#define TIDE_NOT_OURS "n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'tide')"
#define TIDE_NAME "pg_catalog.format('%I.%I', n.nspname, c.relname)"

constexpr const char* kRelations =
    "SELECT c.oid::bigint, " TIDE_NAME
    ", c.relkind::text, coalesce(pg_catalog.pg_relation_filenode(c.oid), 0)::bigint, "
    "coalesce(pg_catalog.pg_stat_get_xact_numscans(c.oid), 0)::bigint FROM pg_catalog.pg_class c JOIN "
    "pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE " TIDE_NOT_OURS;

constexpr const char* kWal =
    "pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_insert_lsn(), '0/0'::pg_lsn)::bigint";

// A relation that the transaction has dropped keeps its lock and has no row in the catalogs any more.
#define TIDE_LOCKS                                                                                      \
  "SELECT l.relation::bigint, l.mode, CASE WHEN c.oid IS NULL THEN '' ELSE " TIDE_NAME                  \
  " END, coalesce(c.relkind::text, ' '), coalesce(pg_catalog.pg_relation_filenode(c.oid), 0)::bigint, " \
  "coalesce(pg_catalog.pg_stat_get_xact_numscans(c.oid), 0)::bigint"
#define TIDE_FROM_LOCKS                                                                \
  " FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_class c ON c.oid = l.relation " \
  "LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "                     \
  "WHERE l.locktype = 'relation' AND l.granted AND (n.oid IS NULL OR " TIDE_NOT_OURS   \
  ") AND l.database = "                                                                \
  "(SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()) AND l.pid = "

const std::string kOwnLocks = cat(TIDE_LOCKS ", ", kWal, TIDE_FROM_LOCKS "pg_catalog.pg_backend_pid() ORDER BY 1");
const std::string kLocksOf = TIDE_LOCKS TIDE_FROM_LOCKS "$1::int";

constexpr const char* kWaits =
    "SELECT 1 FROM pg_catalog.pg_locks WHERE pid = $1::int AND NOT granted AND locktype = 'virtualxid'";

std::unique_ptr<Cursor> ask(Connection& connection, const std::string& sql, std::vector<Value> params = {}) {
  Statement statement(sql, std::move(params));
  statement.internal = true;
  return connection.query(statement);
}

// "AccessExclusiveLock" -> "ACCESS EXCLUSIVE"
std::string mode_words(std::string_view mode) {
  std::string words;
  for (const char c : mode.substr(0, mode.rfind("Lock"))) {
    const bool capital = c >= 'A' && c <= 'Z';
    if (capital && !words.empty()) words += ' ';
    words += capital ? c : static_cast<char>(c - 'a' + 'A');
  }
  return words;
}

HeldLock held_lock(Cursor& row) {
  HeldLock lock;
  lock.oid = row.cell(0).integer;
  lock.mode = mode_words(row.cell(1).text);
  lock.relation = {std::string(row.cell(2).text), row.cell(3).text[0], row.cell(4).integer, row.cell(5).integer};
  return lock;
}

}  // namespace

// Where the server can be asked to, it puts down its counts first.
Relations read_relations(Connection& connection) {
  if (connection.info().version_number >= kForcesFlush) ask(connection, "SELECT pg_catalog.pg_stat_force_next_flush()");
  Relations relations;
  for (const auto row = ask(connection, kRelations); row->next();) {
    relations[row->cell(0).integer] = {std::string(row->cell(1).text), row->cell(2).text[0], row->cell(3).integer,
                                       row->cell(4).integer};
  }
  return relations;
}

std::int64_t read_wal_position(Connection& connection) {
  const auto row = ask(connection, cat("SELECT ", kWal));
  row->next();
  return row->cell(0).integer;
}

LockLook look_at_own_locks(Connection& connection) {
  LockLook look;
  for (const auto row = ask(connection, kOwnLocks); row->next();) {
    look.wal = row->cell(6).integer;
    look.locks.push_back(held_lock(*row));
  }
  if (look.locks.empty()) look.wal = read_wal_position(connection);
  return look;
}

LockSampler::LockSampler(const std::string& url, int backend) : observer_(open_connection(url)), backend_(backend) {
  renew_snapshot();
  look();  // the first one takes long
  thread_ = thread_without_signals([this] { run(); });
}

LockSampler::~LockSampler() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

std::map<LockKey, HeldLock> LockSampler::take() {
  const std::lock_guard lock(mutex_);
  ++round_;
  return std::exchange(seen_, {});
}

void LockSampler::run() noexcept {
  try {
    for (std::unique_lock lock(mutex_); !stopping_; changed_.wait_for(lock, kPause)) {
      lock.unlock();
      look();
      lock.lock();
    }
  } catch (const std::exception&) {
    // the server is gone, as the rehearsal will notice
  }
}

void LockSampler::renew_snapshot() {
  if (observer_->transaction_state() != TransactionState::kIdle) observer_->rollback();
  TransactionOptions snapshot;
  snapshot.isolation = "repeatable read";
  snapshot.read_only = true;
  observer_->begin(snapshot);
  ask(*observer_, "SELECT 1");
  looks_ = 0;
}

// What was asked before a take() belongs to the statement before it.
void LockSampler::note_locks() {
  std::unique_lock lock(mutex_);
  const int round = round_;
  lock.unlock();
  std::vector<HeldLock> held;
  for (const auto row = ask(*observer_, kLocksOf, {backend_}); row->next();) held.push_back(held_lock(*row));
  lock.lock();
  if (round != round_) return;
  for (HeldLock& one : held) seen_.try_emplace({one.oid, one.mode}, std::move(one));
}

// What begins between the first question and the snapshot's end is seen by the second one.
void LockSampler::look() {
  note_locks();
  if (++looks_ <= kLooksOfSnapshot && !ask(*observer_, kWaits, {backend_})->next()) return;
  note_locks();
  renew_snapshot();
}

}  // namespace tide
