#include "migrate/lock_postgres.h"

#include "base/text.h"
#include "migrate/lock_methods.h"

namespace tide {
namespace {

constexpr const char* kTryLock = "SELECT pg_try_advisory_lock(" TIDE_LOCK_KEY ")";
constexpr const char* kUnlock = "SELECT pg_advisory_unlock(" TIDE_LOCK_KEY ")";
constexpr const char* kHeld =
    "SELECT EXISTS (SELECT FROM pg_locks l WHERE l.pid = pg_backend_pid() AND " TIDE_IS_OUR_LOCK ")";
// Since the transaction that holds it began: a pooler's session is older than that.
constexpr const char* kHolder =
    "SELECT a.pid::text, coalesce(a.usename, '?'), "
    "CASE WHEN a.client_addr IS NOT NULL THEN host(a.client_addr) WHEN a.backend_start IS NULL THEN '' "
    "ELSE 'this server' END, coalesce(a.application_name, ''), "
    "coalesce(to_char(coalesce(a.xact_start, a.backend_start) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), "
    "'') FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid WHERE " TIDE_IS_OUR_LOCK;
// A server that hears nothing more of a vanished machine would keep the lock for hours: it looks after half a minute,
// or sooner where it is told so. 0 is what the kernel thinks fit, and what a socket file has.
#define TIDE_SOONER(name, seconds)        \
  "set_config('" name "', least(" seconds \
  ", (SELECT nullif(setting, '0')::integer FROM pg_settings WHERE name = '" name "'))::text, false)"
constexpr const char* kSetUp = "SELECT set_config('application_name', $1, false), " TIDE_SOONER(
    "tcp_keepalives_idle", "30") ", " TIDE_SOONER("tcp_keepalives_interval", "10");
#undef TIDE_SOONER
constexpr const char* kNeverIdleOut = "SELECT set_config('idle_session_timeout', '0', false)";
constexpr int kHasIdleSessionTimeout = 140000;

// What the server keeps of an application's name.
constexpr std::size_t kNameRoom = 63;

class SessionLock final : public PostgresLock {
 public:
  SessionLock(std::unique_ptr<Connection> session, const LockOptions& options)
      : PostgresLock(std::move(session), options) {
    ask(kSetUp, {name_});
    if (session_->info().version_number >= kHasIdleSessionTimeout) ask(kNeverIdleOut);
  }
  ~SessionLock() override {
    try {
      if (locked_) ask(kUnlock);
    } catch (const std::exception&) {  // the session is gone, and the lock with it
    }
  }

  bool try_lock() override { return locked_ = answer(kTryLock); }
  bool held() override {
    try {
      return answer(kHeld);
    } catch (const Error&) {
      return false;
    }
  }

 private:
  bool locked_ = false;
};

}  // namespace

PostgresLock::PostgresLock(std::unique_ptr<Connection> session, const LockOptions& options)
    : session_(std::move(session)),
      name_(cat("tide lock ", options.run, " ", options.who, "@", options.host).substr(0, kNameRoom)) {}

std::unique_ptr<Cursor> PostgresLock::ask(const char* sql, std::vector<Value> params) {
  Statement statement(sql, std::move(params));
  statement.internal = true;
  return session_->query(statement);
}

bool PostgresLock::answer(const char* sql) {
  std::unique_ptr<Cursor> row = ask(sql);
  return row->next() && row->cell(0).boolean;
}

std::string PostgresLock::holder() {
  std::unique_ptr<Cursor> row = ask(kHolder);
  if (!row->next()) return "";
  auto text = [&](std::size_t column) { return std::string(row->cell(column).text); };
  std::string from = text(2).empty() ? "" : cat(" from ", text(2));
  std::string application = text(3).empty() ? "" : cat(", \"", text(3), "\"");
  std::string since = text(4).empty() ? "" : cat(", since ", text(4));
  return cat("server process ", text(0), " (user ", text(1), from, application, since, ")");
}

std::unique_ptr<MigratorLock::Method> session_lock(std::unique_ptr<Connection> session, const LockOptions& options) {
  return std::make_unique<SessionLock>(std::move(session), options);
}

std::unique_ptr<MigratorLock::Method> advisory_lock(Connection& connection, const LockOptions& options) {
  std::unique_ptr<Connection> session = connection.clone();
  const bool pooled = session->pooled();
  return pooled ? transaction_lock(std::move(session), options) : session_lock(std::move(session), options);
}

}  // namespace tide
