#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "db/drivers.h"
#include "db/postgres_compat.h"
#include "db/postgres_decode.h"
#include "db/postgres_watch.h"
#include "tide/connection.h"

namespace tide {

// A FETCH that runs on a thread of its own while the caller walks the rows of the one before.
class OutstandingFetch {
 public:
  virtual void settle() noexcept = 0;  // waits for it and keeps what came; nothing of it touches the connection after

 protected:
  ~OutstandingFetch() = default;
};

struct PostgresNotice {
  std::string level;  // "NOTICE", "WARNING" ...
  std::string text;
};

// One session. libpqxx owns the connection and runs the statements; COPY, FETCH, cancel and notices go to the PGconn
// underneath. Not thread-safe, except interrupt(). Cursors and copies share it, so that it outlives them.
class PostgresSession {
 public:
  PostgresSession(const std::string& url, const ConnectOptions& options);
  ~PostgresSession();
  PostgresSession(const PostgresSession&) = delete;
  PostgresSession& operator=(const PostgresSession&) = delete;

  // Runs a text through libpqxx and waits for it. Every failure is an Error with the text as its statement.
  pqxx::result execute(const std::string& sql, const TextParameters& values = {}) { return send(sql, values, false); }
  // The same in the extended protocol, in which the server takes one statement and no second one with it, however the
  // text is to be read.
  pqxx::result execute_alone(const std::string& sql, const TextParameters& values) { return send(sql, values, true); }

  // Puts the session back as it was after connecting (settings, temporary tables, role ...) before anything else is
  // sent.
  void reset_later() { reset_due_ = true; }
  // Whether that is still to be done; from now on it is the caller's to do.
  bool take_reset() { return std::exchange(reset_due_, false); }

  // To use the PGconn directly: waits for the outstanding fetch, and refuses when the connection is lost or a copy
  // is under way. `report` then hands out notices; `check` raises for a result that is none of success.
  PGconn* enter();
  PGconn* raw() const { return raw_; }
  void report();
  void check(const PGresult* result, const std::string& sql);
  // The failure that `watch()` saw, as an Error of the right kind; notices a lost connection.
  Error failure(const std::string& sql, const char* otherwise);

  void set_outstanding(OutstandingFetch* fetch) { outstanding_ = fetch; }
  void clear_outstanding(const OutstandingFetch* fetch);
  void keep_failure(const Error& error) { hidden_ = std::make_shared<const Error>(error); }
  void set_copying(bool on) { copying_ = on; }
  // A COPY whose data nobody will send or read: ends it, so that the connection can go on.
  void end_stray_copy();

  TransactionState state();
  // May be called from a signal handler, also after leave().
  void interrupt() noexcept;
  // Connection::pooled.
  bool pooled();
  // Closes the connection; to whatever still shares the session it is lost.
  void leave() noexcept;
  const PostgresWatch& watch() const { return watch_; }
  void on_notice(std::function<void(const PostgresNotice&)> sink) { sink_ = std::move(sink); }
  int next_number() { return ++number_; }

  PgType type(Oid oid);
  // Types that the server infers for the parameters of a statement.
  const std::vector<Oid>& parameter_types(const std::string& sql);

 private:
  pqxx::result send(const std::string& sql, const TextParameters& values, bool alone);
  void adopt(PGconn* connected);
  static void receive_notice(void* self, const PGresult* notice) noexcept;
  void settle();
  PgType look_up_type(Oid oid);
  std::vector<Oid> describe_parameters(const std::string& sql);

  std::string display_;
  PostgresWatch watch_;
  PGconn* raw_ = nullptr;
  std::unique_ptr<PqxxConnection> connection_;
  std::unique_ptr<pqxx::nontransaction> work_;
  PGcancel* cancel_ = nullptr;
  std::atomic<bool> interrupted_{false};
  bool lost_ = false;
  std::optional<bool> pooled_;
  bool copying_ = false;
  bool reset_due_ = false;
  OutstandingFetch* outstanding_ = nullptr;
  std::shared_ptr<const Error> hidden_;  // a fetch failed ahead of its time: why the transaction is aborted
  std::vector<PostgresNotice> notices_;
  std::string farewell_;  // what the server said when it ended the session
  std::function<void(const PostgresNotice&)> sink_;
  int number_ = 0;
  std::unordered_map<Oid, PgType> types_;
  std::unordered_map<std::string, std::vector<Oid>> parameter_types_;
  int types_as_of_ = 0;  // watch_.schema_changed
};

}  // namespace tide
