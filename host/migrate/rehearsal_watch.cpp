#include "migrate/rehearsal_watch.h"

#include <algorithm>
#include <utility>

namespace tide {
namespace {

constexpr std::int64_t kAlwaysLooked = 3;  // of the repetitions of a statement
constexpr std::int64_t kLookedEvery = 64;
constexpr double kLongMs = 20;

double ms_between(std::chrono::steady_clock::time_point from, std::chrono::steady_clock::time_point to) {
  return std::chrono::duration<double, std::milli>(to - from).count();
}

int backend_of(Connection& connection) {
  Statement statement("SELECT pg_catalog.pg_backend_pid()");
  statement.internal = true;
  const auto row = connection.query(statement);
  row->next();
  return static_cast<int>(row->cell(0).integer);
}

// Whoever writes rows takes the first, whatever else he holds; who takes columns away or writes a table anew, the
// second.
bool may_change_rows(const std::string& mode) { return mode == "ROW EXCLUSIVE" || mode == "ACCESS EXCLUSIVE"; }

void add_once(std::vector<std::string>& list, const std::string& text) {
  if (std::find(list.begin(), list.end(), text) == list.end()) list.push_back(text);
}

}  // namespace

RehearsalWatch::RehearsalWatch(Connection& connection, std::string url)
    : connection_(connection), url_(std::move(url)), postgres_(connection.info().engine == "postgres") {}

void RehearsalWatch::begin(Direction direction, bool again, bool transaction) {
  pass_ = RehearsedPass{direction, again, 0, {}};
  transaction_ = transaction;
  places_.clear();
  open_.clear();
  scans_.clear();
  unseen_ = 0;
  all_touched_ = all_touched_ || !postgres_ || !transaction;
  if (postgres_) {
    before_ = now_ = read_relations(connection_);
    for (const auto& [oid, relation] : before_) scans_[oid] = relation.scans;
    wal_ = read_wal_position(connection_);
    if (!transaction) sampler_ = std::make_unique<LockSampler>(url_, backend_of(connection_));
  }
  begun_ = Clock::now();
  active_ = true;
}

RehearsedPass RehearsalWatch::end() {
  active_ = false;
  sampler_.reset();
  const Clock::time_point now = Clock::now();
  release({}, now);
  pass_.ms = ms_between(begun_, now);
  return std::move(pass_);
}

std::optional<std::set<std::string>> RehearsalWatch::take_touched() {
  std::set<std::string> touched = std::exchange(touched_, {});
  if (std::exchange(all_touched_, false)) return std::nullopt;
  return touched;
}

// The engine's own statements end the transaction: the last moment for what was not looked at.
void RehearsalWatch::read(const Event& event) {
  if (!active_ || looking_ || event.kind != Event::Kind::kStatementDone) return;
  looking_ = true;
  try {
    if (!event.internal) {
      add(event);
    } else if (postgres_ && unseen_ > 0 && !pass_.statements.empty() && !event.error) {
      look(pass_.statements.size() - 1, Clock::now());
    }
  } catch (...) {
    looking_ = false;
    throw;
  }
  looking_ = false;
}

void RehearsalWatch::add(const Event& event) {
  const auto [found, fresh] = places_.try_emplace({event.sql, event.file, event.line}, pass_.statements.size());
  if (fresh) pass_.statements.emplace_back();
  RehearsedStatement& statement = pass_.statements[found->second];
  statement.sql = event.sql;
  statement.file = event.file;
  statement.line = event.line;
  statement.in_transaction = connection_.transaction_state() != TransactionState::kIdle;
  statement.rows += event.rows;
  statement.ms += event.ms;
  ++statement.times;
  if (event.error) statement.error = event.error->message;
  ++unseen_;
  if (!postgres_ || event.error) return;
  if (statement.times > kAlwaysLooked && statement.times % kLookedEvery != 0 && event.ms < kLongMs) return;
  const auto took = std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double, std::milli>(event.ms));
  look(found->second, Clock::now() - took);
}

void RehearsalWatch::look(std::size_t at, Clock::time_point began) {
  unseen_ = 0;
  RehearsedStatement& statement = pass_.statements[at];
  const TransactionState state = connection_.transaction_state();
  if (state == TransactionState::kOpen) {
    look_inside(statement, at, began);
  } else if (state == TransactionState::kIdle) {
    look_outside(statement, began);
  }
}

void RehearsalWatch::look_inside(RehearsedStatement& statement, std::size_t at, Clock::time_point began) {
  const LockLook seen = look_at_own_locks(connection_);
  std::set<LockKey> held;
  for (const HeldLock& lock : seen.locks) held.emplace(lock.oid, lock.mode);
  release(held, began);
  for (const HeldLock& lock : seen.locks) {
    if (name_of(lock).empty()) continue;  // something that came and went
    const auto [open, fresh] = open_.try_emplace({lock.oid, lock.mode});
    if (fresh) {
      see(statement, lock);
      open->second = {at, statement.locks.size() - 1, began};
    }
    std::int64_t& scans = scans_[lock.oid];
    if (lock.relation.scans > scans && lock.relation.is_table()) add_once(statement.scanned, name_of(lock));
    scans = lock.relation.scans;
    if (!lock.relation.name.empty()) note_file(statement, lock.oid, lock.relation);
  }
  note_wal(statement, seen.wal);
}

// What it held is what the sampler has seen; it is free again.
void RehearsalWatch::look_outside(RehearsedStatement& statement, Clock::time_point began) {
  const double ms = ms_between(began, Clock::now());
  release({}, began);
  if (sampler_) {
    for (const auto& seen : sampler_->take()) {
      const HeldLock& lock = seen.second;
      const std::string name = name_of(lock);
      const auto same = [&](const RehearsedLock& other) { return other.relation == name && other.mode == lock.mode; };
      if (name.empty() || std::any_of(statement.locks.begin(), statement.locks.end(), same)) continue;
      see(statement, lock);
      statement.locks.back().held_ms = ms;
    }
  }
  for (const auto& [oid, relation] : read_relations(connection_)) {
    note_file(statement, oid, relation);
    scans_[oid] = relation.scans;
  }
  note_wal(statement, read_wal_position(connection_));
}

void RehearsalWatch::see(RehearsedStatement& statement, const HeldLock& lock) {
  const auto known = before_.find(lock.oid);
  const Relation& relation = known != before_.end() ? known->second : lock.relation;
  statement.locks.push_back({name_of(lock), lock.mode, 0, known == before_.end(), relation.is_table()});
  touch(lock);
}

void RehearsalWatch::touch(const HeldLock& lock) {
  if (!may_change_rows(lock.mode)) return;
  const auto known = before_.find(lock.oid);
  if (known != before_.end()) touched_.insert(known->second.name);
  if (!lock.relation.name.empty()) touched_.insert(lock.relation.name);
}

// A relation that is new in this run has no file that could be rewritten; the indexes of a table go with it.
void RehearsalWatch::note_file(RehearsedStatement& statement, std::int64_t oid, const Relation& now) {
  const auto known = now_.find(oid);
  const bool rewritten = known != now_.end() && before_.count(oid) > 0 && known->second.file != now.file;
  if (rewritten && (now.is_table() || statement.rewritten.empty())) add_once(statement.rewritten, now.name);
  now_[oid] = now;
}

void RehearsalWatch::note_wal(RehearsedStatement& statement, std::int64_t position) {
  statement.wal_bytes = statement.wal_bytes.value_or(0) + position - wal_;
  wal_ = position;
}

// Of what is not held any more.
void RehearsalWatch::release(const std::set<LockKey>& held, Clock::time_point at) {
  for (auto open = open_.begin(); open != open_.end();) {
    if (held.count(open->first) > 0) {
      ++open;
      continue;
    }
    const Open& was = open->second;
    pass_.statements[was.statement].locks[was.lock].held_ms = ms_between(was.since, at);
    open = open_.erase(open);
  }
}

// As it was called before this run; else as it is called now.
std::string RehearsalWatch::name_of(const HeldLock& lock) const {
  const auto known = before_.find(lock.oid);
  return known != before_.end() ? known->second.name : lock.relation.name;
}

}  // namespace tide
