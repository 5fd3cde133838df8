#include "schema/snapshot.h"

#include "base/text.h"
#include "schema/postgres_catalog.h"
#include "schema/sqlite_catalog.h"
#include "tide/error.h"

namespace tide {
namespace {

constexpr const char* kSavepoint = "tide_snapshot";
constexpr const char* kGone = "XX000";  // "cache lookup failed", "could not open relation"
constexpr int kAttempts = 5;

Json read_catalog(Connection& connection, const SnapshotOptions& options) {
  try {
    if (connection.info().engine == "sqlite") return read_sqlite_catalog(connection);
    return read_postgres_catalog(connection, options);
  } catch (Error& error) {
    if (error.sqlstate != "42501") throw;
    error.message = cat("the schema cannot be read as ", connection.info().user, ": ", error.message);
    error.statement.clear();
    error.position = 0;
    throw error.advise(
        cat("GRANT SELECT on that catalog TO ", connection.info().user, ", or read the schema as a role that may"));
  }
}

// Undone in every case, and what was set in it (the search_path) with it.
class Bracket {
 public:
  explicit Bracket(Connection& connection)
      : connection_(connection), inner_(connection.transaction_state() != TransactionState::kIdle) {
    if (inner_) {
      connection_.savepoint(kSavepoint);
      return;
    }
    TransactionOptions transaction;
    transaction.isolation = "repeatable read";
    transaction.read_only = true;
    connection_.begin(transaction);
  }
  Bracket(const Bracket&) = delete;
  Bracket& operator=(const Bracket&) = delete;

  ~Bracket() {
    try {
      undo();
    } catch (const Error&) {
      return;  // the session is gone, and the transaction with it
    }
  }

 private:
  void undo() {
    if (!inner_) return connection_.rollback();
    connection_.rollback_to(kSavepoint);
    connection_.release(kSavepoint);
  }

  Connection& connection_;
  bool inner_;
};

}  // namespace

// The catalogs are read as of one moment, but a definition is written by the server as of now: what somebody drops
// meanwhile may be missing then. The next look has a moment of its own.
Json read_snapshot(Connection& connection, const SnapshotOptions& options) {
  const bool alone = connection.transaction_state() == TransactionState::kIdle;
  for (int attempt = 1;; ++attempt) {
    try {
      const Bracket bracket(connection);
      return read_catalog(connection, options);
    } catch (const Error& error) {
      if (!alone || error.sqlstate != kGone || attempt == kAttempts) throw;
    }
  }
}

}  // namespace tide
