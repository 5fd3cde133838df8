#pragma once

#include <memory>
#include <string>

#include "migrate/lock.h"

// "tidelock" as a number. The server shows a bigint key as its two halves.
#define TIDE_LOCK_KEY "8388346167727973227"
// Of pg_locks l: the migrator lock of this database, whoever holds it, for a session or a transaction.
#define TIDE_IS_OUR_LOCK                                                               \
  "l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 "                          \
  "AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) " \
  "AND l.classid::bigint = (" TIDE_LOCK_KEY " >> 32) AND l.objid::bigint = (" TIDE_LOCK_KEY " & 4294967295)"

namespace tide {

// An advisory lock on a connection of its own. How long it holds is the derived class's to say; one key for all.
class PostgresLock : public MigratorLock::Method {
 public:
  std::string holder() override;

 protected:
  PostgresLock(std::unique_ptr<Connection> session, const LockOptions& options);
  bool answer(const char* sql);
  std::unique_ptr<Cursor> ask(const char* sql, std::vector<Value> params = {});

  std::unique_ptr<Connection> session_;
  std::string name_;  // what the session is called while it holds the lock
};

std::unique_ptr<MigratorLock::Method> session_lock(std::unique_ptr<Connection> session, const LockOptions& options);

// Behind a pooler, which keeps a session for a client only while a transaction is open: the lock of a transaction that
// stays open. It is READ COMMITTED and does nothing, so that it has no snapshot for others to wait for.
std::unique_ptr<MigratorLock::Method> transaction_lock(std::unique_ptr<Connection> session, const LockOptions& options);

}  // namespace tide
