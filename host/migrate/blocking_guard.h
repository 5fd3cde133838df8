#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "migrate/blocking_sight.h"
#include "tide/connection.h"

namespace tide {

// How much a migration may stand in the way of others before it is cancelled.
struct BlockingLimit {
  int sessions = 2;        // more than so many,
  std::int64_t ms = 1000;  // each of them for longer than this; 0 = no limit
};

// Why the guard cancelled.
struct Blocking {
  int sessions = 0;
  std::int64_t ms = 0;               // how long the first of them had waited
  std::vector<std::string> blocked;  // for people, a few of them
  std::string waited_for;            // "AccessExclusiveLock on users": it was waiting itself; "" = it was working
  std::vector<std::string> holders;  // of that lock, for people
};

// Watches, from a thread and a connection of its own, whom one session of a PostgreSQL server keeps waiting. When they
// are too many for too long, it cancels the statement that this session is running, and from then on cancelled() is
// set: whoever runs the transaction must send nothing more in it, and roll it back.
// It connects when a watch has lasted for a while, so that short work costs nothing; between two watches it is idle.
// watch, pause, resume and rest belong to the thread that uses the watched session.
class BlockingGuard {
 public:
  explicit BlockingGuard(Connection& connection) : connection_(connection) {}
  ~BlockingGuard();
  BlockingGuard(const BlockingGuard&) = delete;
  BlockingGuard& operator=(const BlockingGuard&) = delete;

  // `again`: the same work was cancelled or gave up before, so that it is looked at without delay.
  void watch(int backend, const BlockingLimit& limit, bool again);
  // Another limit from here on, in the same watch.
  void change(const BlockingLimit& limit) noexcept;
  // For a statement that is not to be cancelled whomever it blocks.
  void pause() noexcept;
  void resume() noexcept;
  // Ends the watch. No cancel is under way when it returns: whatever the session sends next is safe.
  void rest() noexcept;

  // Since the last watch(), also after rest().
  bool cancelled() const;
  std::optional<Blocking> blocking() const;
  // What the session was last seen to wait for, and who held it: "AccessExclusiveLock on users, held by server process
  // ..."; "" when it was not seen to wait. Says it once.
  std::string take_last_wait();
  // Why nothing is watched (it could not connect); "" when all is well. Says it once.
  std::string take_trouble();

 private:
  using Clock = std::chrono::steady_clock;

  void run() noexcept;
  std::chrono::milliseconds until_due() const;
  void look(int watch, int backend, const BlockingLimit& limit);
  bool connect();
  std::vector<int> over_limit(const BlockingSight& sight, const BlockingLimit& limit);
  Blocking describe(int backend, const BlockingSight& sight, const std::vector<int>& over);
  bool begin_cancel(int watch, Blocking blocking);
  void cancel(int watch, int backend, const std::string& statement_id);
  bool is_watching(int watch) const { return watching_ && !paused_ && watch == watch_; }

  Connection& connection_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // under the mutex
  bool stopping_ = false;
  bool watching_ = false;
  bool paused_ = false;
  bool again_ = false;
  bool cancelling_ = false;
  int watch_ = 0;  // number of the watch
  int backend_ = 0;
  BlockingLimit limit_;
  Clock::time_point since_;
  std::optional<Blocking> blocking_;
  std::string last_wait_;
  std::string trouble_;
  // the thread's own
  std::unique_ptr<Connection> observer_;
  Clock::time_point connect_after_;
  bool told_trouble_ = false;
  std::map<int, Clock::time_point> first_seen_;
  std::thread thread_;
};

}  // namespace tide
