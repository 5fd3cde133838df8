#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "tide/connection.h"
#include "tide/event.h"

namespace tide {

struct LockOptions {
  std::int64_t timeout_ms = 60000;  // how long to wait for another migrator; 0 = do not wait
  std::string run;                  // who we are, for others that wait
  std::string who;
  std::string host;
  const EventStream* events = nullptr;  // kWaiting: once, and again whenever the holder has changed; kWarning
};

// The right to change a database's history, held by one migrator at a time, from construction to destruction.
// PostgreSQL: an advisory lock on a session of its own that is never inside a transaction, so that whoever waits holds
// no snapshot that CREATE INDEX CONCURRENTLY would have to wait for. Advisory locks belong to a database, so that the
// migrators of two databases do not meet. Behind a connection pooler it is the lock of a transaction that stays open,
// and keeps one of the pooler's server connections; kWarning says so.
// SQLite: a lock on the file "<database>-tide-lock"; a database in memory needs none.
// kLock when it was not obtained in time, naming the holder; kInterrupted when Ctrl-C came while waiting.
class MigratorLock {
 public:
  MigratorLock(Connection& connection, const LockOptions& options);
  ~MigratorLock();
  MigratorLock(const MigratorLock&) = delete;
  MigratorLock& operator=(const MigratorLock&) = delete;

  // Asks the server whether it is still ours: false after a lost session.
  bool held();
  // kLock when it is not held any more. Does not ask the server again within `fresh` of the last answer.
  void check(std::chrono::milliseconds fresh = std::chrono::seconds(1));

  // One way of locking.
  class Method {
   public:
    virtual ~Method() = default;
    virtual bool try_lock() = 0;
    virtual std::string holder() = 0;  // for people; "" when nobody seems to hold it
    virtual bool held() = 0;
  };

 private:
  std::unique_ptr<Method> method_;
  std::chrono::steady_clock::time_point checked_;
};

}  // namespace tide
