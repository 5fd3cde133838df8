#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>

#include "migrate/rehearsal_look.h"
#include "migrate/rehearsal_record.h"
#include "tide/connection.h"
#include "tide/event.h"

namespace tide {

// Measures one run of a migration after the other, as a reader of the stream of events: a statement's event comes when
// it has ended and its transaction is still open, so that its locks can be looked at. What is repeated often is looked
// at now and then. On SQLite there are no locks to look at.
class RehearsalWatch {
 public:
  // Both outlive it. `url` is for a session beside the connection.
  RehearsalWatch(Connection& connection, std::string url);

  void begin(Direction direction, bool again, bool transaction);
  void read(const Event& event);  // to be called with every event
  RehearsedPass end();

  // Tables whose rows or shape may have changed since the last call, by the names they had before and after; nothing
  // when that is not known.
  std::optional<std::set<std::string>> take_touched();

 private:
  using Clock = std::chrono::steady_clock;
  using Place = std::tuple<std::string, std::string, int>;  // sql, file, line

  struct Open {
    std::size_t statement = 0;
    std::size_t lock = 0;
    Clock::time_point since;
  };

  void add(const Event& event);
  void look(std::size_t at, Clock::time_point began);
  void look_inside(RehearsedStatement& statement, std::size_t at, Clock::time_point began);
  void look_outside(RehearsedStatement& statement, Clock::time_point began);
  void see(RehearsedStatement& statement, const HeldLock& lock);
  void note_file(RehearsedStatement& statement, std::int64_t oid, const Relation& now);
  void note_wal(RehearsedStatement& statement, std::int64_t position);
  void release(const std::set<LockKey>& held, Clock::time_point at);
  void touch(const HeldLock& lock);
  std::string name_of(const HeldLock& lock) const;

  Connection& connection_;
  const std::string url_;
  const bool postgres_;
  bool active_ = false;
  bool looking_ = false;
  bool transaction_ = true;
  Clock::time_point begun_;
  RehearsedPass pass_;
  std::map<Place, std::size_t> places_;
  std::size_t unseen_ = 0;  // statements since the last look
  Relations before_;        // as the run of the migration found them
  Relations now_;
  std::map<std::int64_t, std::int64_t> scans_;
  std::int64_t wal_ = 0;
  std::map<LockKey, Open> open_;
  std::unique_ptr<LockSampler> sampler_;
  std::set<std::string> touched_;
  bool all_touched_ = false;
};

}  // namespace tide
