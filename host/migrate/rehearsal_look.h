#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tide/connection.h"

namespace tide {

// A relation of PostgreSQL's that is no system's and not tide's own, by its oid.
struct Relation {
  std::string name;  // with its schema
  char kind = ' ';   // pg_class.relkind
  std::int64_t file = 0;
  std::int64_t scans = 0;  // sequential ones that the server has counted for this session and not put down yet

  bool is_table() const { return kind == 'r' || kind == 'p' || kind == 'm'; }
};
using Relations = std::map<std::int64_t, Relation>;

// A session may hold several locks on one relation: one of each mode that its statements asked for.
using LockKey = std::pair<std::int64_t, std::string>;  // oid, mode
struct HeldLock {
  std::int64_t oid = 0;
  std::string mode;   // "ACCESS EXCLUSIVE"
  Relation relation;  // as the session sees it; its name is empty when it is not there any more
};
struct LockLook {
  std::vector<HeldLock> locks;
  std::int64_t wal = 0;  // position, in bytes
};

// All of them send internal statements.
Relations read_relations(Connection& connection);
std::int64_t read_wal_position(Connection& connection);
// The session's own locks, in its open transaction: what it has not committed is seen by nobody else.
LockLook look_at_own_locks(Connection& connection);

// Looks, from a thread and a session of its own, at the locks of a session while a statement outside of a transaction
// runs: they are gone when it has ended. It keeps a snapshot open meanwhile, which CREATE INDEX CONCURRENTLY and its
// like wait for, and gives that up when it sees them wait: so they are never missed. Another statement that is over
// within a millisecond may be.
class LockSampler {
 public:
  LockSampler(const std::string& url, int backend);
  ~LockSampler();
  LockSampler(const LockSampler&) = delete;
  LockSampler& operator=(const LockSampler&) = delete;

  // What was seen since the last call.
  std::map<LockKey, HeldLock> take();

 private:
  void run() noexcept;
  void look();
  void note_locks();
  void renew_snapshot();

  std::unique_ptr<Connection> observer_;
  const int backend_;
  int looks_ = 0;  // with this snapshot
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  int round_ = 0;  // counts take()
  std::map<LockKey, HeldLock> seen_;
  std::thread thread_;
};

}  // namespace tide
