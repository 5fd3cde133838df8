#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "migrate/blocking_guard.h"
#include "migrate/index_words.h"
#include "tide/connection.h"
#include "tide/event.h"

namespace tide {

// What a step asks of its session; empty = nothing was said.
struct StepLimits {
  std::string lock_timeout;
  std::string statement_timeout;
  BlockingLimit blocking;
  std::int64_t patience_ms = 60000;  // how long an index is waited for that somebody else is building
  // Whether an attempt of this step that was interrupted has made the index; empty = no.
  std::function<bool(const IndexWords&)> made_before;
  std::function<bool()> may_repeat;  // whether what was done so far may be done again; empty = yes
};

// The session of one connection as migrations use it, one step after the other: put back between them, with their
// timeouts, and watched by the guard. On SQLite there is nobody to watch and nothing to look out for.
// Where neither the migration, nor the environment, nor the server's own settings say a lock_timeout, it is that of
// lock_wait_of(), as long as the step can be done again for little, else 5 s.
// Statements that work CONCURRENTLY have none whatever was set, and the guard leaves them alone.
class WatchedSession final : private Doorkeeper {
 public:
  WatchedSession(std::shared_ptr<Connection> connection, const EventStream& events);
  ~WatchedSession();
  WatchedSession(const WatchedSession&) = delete;
  WatchedSession& operator=(const WatchedSession&) = delete;

  Connection& connection() { return *connection_; }
  const std::shared_ptr<Connection>& shared() const { return connection_; }

  // As after connecting; nothing to do for the first step.
  void put_back();
  // Begins the transaction of a step: for the first attempt (1), or one that follows on others that were rolled back.
  void begin(const StepLimits& limits, int attempt);
  // The same for a transaction that is open already and not watched.
  void join(const StepLimits& limits);
  // The next step, in the same transaction.
  void go_on(const StepLimits& limits);
  // For a step without a transaction: its timeouts are the session's, until it is put back.
  void begin_without_transaction(const StepLimits& limits, int attempt);

  // Ends the watch, before the step is recorded, and is again who it was when it connected. Raises when the guard has
  // cancelled, whatever the script made of it.
  void end_watch();
  // The same without raising, when something failed; nothing is cancelled any more when it returns.
  void abandon_watch() noexcept;

  // When a script has worked as another role: the one that connected, which the history is written by.
  void be_oneself();

  // Why the guard cancelled the latest attempt, when it did.
  std::optional<Blocking> blocking() const;
  // What the latest attempt waited for when that is known: "..., held by ..."; else "".
  std::string waited_for();

 private:
  bool enter(const Statement& statement) override;
  void leave(const Statement& statement) noexcept override;

  struct Server {
    int backend = 0;
    std::string lock_timeout;
  };
  Server ask_server();
  void set(const char* name, const std::string& value, bool local);
  Server set_timeouts(const StepLimits& limits);
  std::string shown(const char* name);
  bool wants_default(const std::string& lock_timeout, const Server& server) const;
  void watch(const StepLimits& limits, const Server& server, int attempt);
  void wait_longer(const Statement& statement);
  void tell_trouble();
  void refuse_after_cancel() const;
  bool enter_concurrent(const IndexWords& words);
  bool was_made_before(const IndexWords& words) const;
  void lift_lock_timeout();

  std::shared_ptr<Connection> connection_;
  const EventStream& events_;
  const bool postgres_;
  std::unique_ptr<BlockingGuard> guard_;
  std::optional<Server> server_;  // of a session that is ours alone
  bool used_ = false;
  bool role_touched_ = false;
  std::int64_t patience_ms_ = 0;
  bool brief_ = false;  // it waits for locks no longer than lock_wait_of() says
  std::function<bool()> may_repeat_;
  std::function<bool(const IndexWords&)> made_before_;
  std::chrono::steady_clock::time_point begun_;
  bool concurrent_ = false;   // such a statement is running
  std::string lock_timeout_;  // to be set again behind it; "" = none
};

// The error of a step that the guard cancelled: what happened in place of the server's "canceling statement", the rest
// as in `error`.
Error blocked_error(const Error& error, const Blocking& blocking, const BlockingLimit& limit);

}  // namespace tide
