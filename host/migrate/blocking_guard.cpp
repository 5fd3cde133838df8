#include "migrate/blocking_guard.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "sys/thread.h"
#include "tide/error.h"

namespace tide {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kIdle{50};           // between two looks at whether there is anything to watch
constexpr milliseconds kLongestStart{100};  // how long a watch has lasted when the guard connects
constexpr milliseconds kLongestPause{100};  // between two looks at the server
constexpr milliseconds kShortestPause{10};
constexpr milliseconds kConnectAgain{2000};
constexpr std::chrono::seconds kCancelPatience{5};
constexpr std::size_t kPeopleShown = 3;

milliseconds start_of(const BlockingLimit& limit, bool again) {
  return again ? kShortestPause : std::min(kLongestStart, milliseconds(limit.ms / 4));
}

milliseconds pause_of(const BlockingLimit& limit) {
  return std::clamp(milliseconds(limit.ms / 10), kShortestPause, kLongestPause);
}

}  // namespace

BlockingGuard::~BlockingGuard() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    watching_ = false;
  }
  changed_.notify_all();
  thread_.join();
}

// Without waking the thread, which sees it soon enough: most watches are over before that.
void BlockingGuard::watch(int backend, const BlockingLimit& limit, bool again) {
  if (!thread_.joinable()) thread_ = thread_without_signals([this] { run(); });
  const std::lock_guard lock(mutex_);
  ++watch_;
  watching_ = limit.ms > 0;
  paused_ = false;
  again_ = again;
  backend_ = backend;
  limit_ = limit;
  since_ = Clock::now();
  blocking_.reset();
  if (again) changed_.notify_all();
}

void BlockingGuard::change(const BlockingLimit& limit) noexcept {
  const std::lock_guard lock(mutex_);
  watching_ = limit.ms > 0;
  limit_ = limit;
}

void BlockingGuard::pause() noexcept {
  std::unique_lock lock(mutex_);
  paused_ = true;
  changed_.wait_for(lock, kCancelPatience, [this] { return !cancelling_; });
}

void BlockingGuard::resume() noexcept {
  const std::lock_guard lock(mutex_);
  paused_ = false;
}

void BlockingGuard::rest() noexcept {
  std::unique_lock lock(mutex_);
  watching_ = false;
  changed_.wait_for(lock, kCancelPatience, [this] { return !cancelling_; });
}

bool BlockingGuard::cancelled() const {
  const std::lock_guard lock(mutex_);
  return blocking_.has_value();
}

std::optional<Blocking> BlockingGuard::blocking() const {
  const std::lock_guard lock(mutex_);
  return blocking_;
}

std::string BlockingGuard::take_last_wait() {
  const std::lock_guard lock(mutex_);
  return std::exchange(last_wait_, "");
}

std::string BlockingGuard::take_trouble() {
  const std::lock_guard lock(mutex_);
  return std::exchange(trouble_, "");
}

// How long until the watch is worth a look; 0 = now.
milliseconds BlockingGuard::until_due() const {
  if (!watching_ || paused_) return kIdle;
  const auto lasted = std::chrono::duration_cast<milliseconds>(Clock::now() - since_);
  return std::clamp(start_of(limit_, again_) - lasted, milliseconds(0), kIdle);
}

void BlockingGuard::run() noexcept {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (const milliseconds left = until_due(); left.count() > 0) {
      first_seen_.clear();
      changed_.wait_for(lock, left);
      continue;
    }
    const int watch = watch_;
    const int backend = backend_;
    const BlockingLimit limit = limit_;
    lock.unlock();
    try {
      if (connect()) look(watch, backend, limit);
    } catch (const std::exception&) {
      observer_.reset();  // a session that failed is replaced at the next look
    }
    lock.lock();
    if (!stopping_) changed_.wait_for(lock, pause_of(limit));
  }
}

bool BlockingGuard::connect() {
  if (observer_ && observer_->transaction_state() != TransactionState::kLost) return true;
  if (Clock::now() < connect_after_) return false;
  connect_after_ = Clock::now() + kConnectAgain;
  try {
    observer_ = connection_.clone();
    return true;
  } catch (const Error& error) {
    const std::lock_guard lock(mutex_);
    if (!std::exchange(told_trouble_, true)) trouble_ = error.message;
    return false;
  }
}

void BlockingGuard::look(int watch, int backend, const BlockingLimit& limit) {
  const BlockingSight sight = look_at_blocking(*observer_, backend);
  const std::vector<int> over = over_limit(sight, limit);
  std::string wait;
  if (!sight.waits_for.empty()) {
    const std::vector<std::string> holders = holders_of(*observer_, backend);
    wait = cat(sight.waits_for, holders.empty() ? "" : cat(", held by ", join(holders, "; ")));
  }
  {
    const std::lock_guard lock(mutex_);
    if (!is_watching(watch)) return;
    if (!wait.empty()) last_wait_ = wait;
  }
  if (static_cast<int>(over.size()) > limit.sessions && !begin_cancel(watch, describe(backend, sight, over))) return;
  cancel(watch, backend, sight.statement_id);
}

// Those that have been blocked, at every look, for longer than the limit.
std::vector<int> BlockingGuard::over_limit(const BlockingSight& sight, const BlockingLimit& limit) {
  const Clock::time_point now = Clock::now();
  std::map<int, Clock::time_point> seen;
  std::vector<int> over;
  for (const int pid : sight.blocked) {
    const auto before = first_seen_.find(pid);
    seen[pid] = before == first_seen_.end() ? now : before->second;
    if (now - seen[pid] >= milliseconds(limit.ms)) over.push_back(pid);
  }
  first_seen_ = std::move(seen);
  return over;
}

Blocking BlockingGuard::describe(int backend, const BlockingSight& sight, const std::vector<int>& over) {
  Blocking blocking;
  blocking.sessions = static_cast<int>(sight.blocked.size());
  const Clock::time_point now = Clock::now();
  for (const int pid : over) {
    blocking.ms = std::max(blocking.ms, std::chrono::duration_cast<milliseconds>(now - first_seen_[pid]).count());
  }
  blocking.blocked = waiters(*observer_, {over.begin(), over.begin() + std::min(over.size(), kPeopleShown)});
  blocking.waited_for = sight.waits_for;
  if (!sight.waits_for.empty()) blocking.holders = holders_of(*observer_, backend);
  return blocking;
}

bool BlockingGuard::begin_cancel(int watch, Blocking blocking) {
  const std::lock_guard lock(mutex_);
  if (!is_watching(watch)) return false;
  if (!blocking_) blocking_ = std::move(blocking);
  return true;
}

// Whatever runs in a transaction that is to be rolled back may be cancelled, at every look again: a cursor's FETCH is
// no statement that could be refused. rest() waits for the server's answer, so that the signal arrives before anything
// that is sent after it.
void BlockingGuard::cancel(int watch, int backend, const std::string& statement_id) {
  {
    const std::lock_guard lock(mutex_);
    if (!blocking_ || !is_watching(watch)) return;
    cancelling_ = true;
  }
  try {
    cancel_statement(*observer_, backend, statement_id);
  } catch (const std::exception&) {
    observer_.reset();
  }
  {
    const std::lock_guard lock(mutex_);
    cancelling_ = false;
  }
  changed_.notify_all();
}

}  // namespace tide
