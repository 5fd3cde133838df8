#include "base/text.h"
#include "migrate/lock_methods.h"

namespace tide {
namespace {

// "tidelock" as a number. The server shows a bigint key as its two halves.
#define TIDE_LOCK_KEY "8388346167727973227"
#define TIDE_IS_OUR_LOCK                                                               \
  "l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 "                          \
  "AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) " \
  "AND l.classid::bigint = (" TIDE_LOCK_KEY " >> 32) AND l.objid::bigint = (" TIDE_LOCK_KEY " & 4294967295)"

constexpr const char* kTryLock = "SELECT pg_try_advisory_lock(" TIDE_LOCK_KEY ")";
constexpr const char* kUnlock = "SELECT pg_advisory_unlock(" TIDE_LOCK_KEY ")";
constexpr const char* kHeld =
    "SELECT EXISTS (SELECT FROM pg_locks l WHERE l.pid = pg_backend_pid() AND " TIDE_IS_OUR_LOCK ")";
constexpr const char* kHolder =
    "SELECT a.pid::text, coalesce(a.usename, '?'), "
    "CASE WHEN a.client_addr IS NOT NULL THEN host(a.client_addr) WHEN a.backend_start IS NULL THEN '' "
    "ELSE 'this server' END, coalesce(a.application_name, ''), "
    "coalesce(to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), '') "
    "FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid WHERE " TIDE_IS_OUR_LOCK;
constexpr const char* kNeverIdleOut = "SELECT set_config('idle_session_timeout', '0', false)";
constexpr int kHasIdleSessionTimeout = 140000;

// What the server keeps of an application's name.
constexpr std::size_t kNameRoom = 63;

Statement internal(const char* sql, std::vector<Value> params = {}) {
  Statement statement(sql, std::move(params));
  statement.internal = true;
  return statement;
}

class AdvisoryLock : public MigratorLock::Method {
 public:
  AdvisoryLock(Connection& connection, const LockOptions& options) : session_(connection.clone()) {
    std::string name = cat("tide lock ", options.run, " ", options.who, "@", options.host).substr(0, kNameRoom);
    session_->query(internal("SELECT set_config('application_name', $1, false)", {name}));
    if (session_->info().version_number >= kHasIdleSessionTimeout) session_->query(internal(kNeverIdleOut));
  }
  ~AdvisoryLock() override {
    try {
      if (locked_) session_->query(internal(kUnlock));
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
  std::string holder() override;

 private:
  bool answer(const char* sql) {
    std::unique_ptr<Cursor> row = session_->query(internal(sql));
    return row->next() && row->cell(0).boolean;
  }

  std::unique_ptr<Connection> session_;
  bool locked_ = false;
};

std::string AdvisoryLock::holder() {
  std::unique_ptr<Cursor> row = session_->query(internal(kHolder));
  if (!row->next()) return "";
  auto text = [&](std::size_t column) { return std::string(row->cell(column).text); };
  std::string from = text(2).empty() ? "" : cat(" from ", text(2));
  std::string application = text(3).empty() ? "" : cat(", \"", text(3), "\"");
  std::string since = text(4).empty() ? "" : cat(", since ", text(4));
  return cat("server process ", text(0), " (user ", text(1), from, application, since, ")");
}

}  // namespace

std::unique_ptr<MigratorLock::Method> advisory_lock(Connection& connection, const LockOptions& options) {
  return std::make_unique<AdvisoryLock>(connection, options);
}

}  // namespace tide
