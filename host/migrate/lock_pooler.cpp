#include "base/text.h"
#include "migrate/lock_postgres.h"
#include "tide/error.h"

namespace tide {
namespace {

constexpr const char* kTryLock = "SELECT pg_try_advisory_xact_lock(" TIDE_LOCK_KEY ")";
constexpr const char* kPrepare =
    "SELECT set_config('application_name', $1, true), set_config('idle_in_transaction_session_timeout', '0', true)";
constexpr const char* kNeverTimeOut = "SELECT set_config('transaction_timeout', '0', true)";
constexpr int kHasTransactionTimeout = 170000;

void warn(const LockOptions& options) {
  if (options.events == nullptr) return;
  Event event{Event::Kind::kWarning};
  event.text =
      "the database is behind a connection pooler: session locks do not hold there, a transaction lock is used, which "
      "keeps one server connection for the length of the run";
  options.events->emit(event);
}

class TransactionLock final : public PostgresLock {
 public:
  TransactionLock(std::unique_ptr<Connection> session, const LockOptions& options)
      : PostgresLock(std::move(session), options) {
    warn(options);
  }
  ~TransactionLock() override {
    try {
      session_->rollback();
    } catch (const std::exception&) {  // the session is gone, and the lock with it
    }
  }

  // Whoever waits keeps no server connection between two attempts.
  bool try_lock() override {
    begin();
    ask(kPrepare, {name_});
    if (session_->info().version_number >= kHasTransactionTimeout) ask(kNeverTimeOut);
    if (answer(kTryLock)) return true;
    session_->rollback();
    return false;
  }

  // In the transaction that holds it, the lock is given again; another transaction is another session.
  bool held() override {
    try {
      return session_->transaction_state() == TransactionState::kOpen && answer(kTryLock);
    } catch (const Error&) {
      return false;
    }
  }

 private:
  // By hand: Connection::begin would look up settings, and hold locks on the catalog for the length of the run.
  void begin() {
    try {
      ask("BEGIN ISOLATION LEVEL READ COMMITTED");
    } catch (const Error& error) {
      Error refused(ErrorKind::kLock, cat("one migrator at a time cannot be ensured: ", error.message));
      refused.hint = "a connection pooler that takes no transactions cannot be migrated through";
      refused.cause = std::make_shared<Error>(error);
      throw refused;
    }
  }
};

}  // namespace

std::unique_ptr<MigratorLock::Method> transaction_lock(std::unique_ptr<Connection> session,
                                                       const LockOptions& options) {
  return std::make_unique<TransactionLock>(std::move(session), options);
}

}  // namespace tide
