#pragma once

#include <string>
#include <vector>

#include "tide/connection.h"

namespace tide {

// What a PostgreSQL server says of one of its sessions and of those that it keeps waiting. Other roles' statements are
// seen by roles with pg_monitor only; that and for what they wait is seen by everybody.
struct BlockingSight {
  std::vector<int> blocked;  // sessions that wait for it: also behind its own wait, and behind one another
  bool active = false;       // a statement of it is running
  std::string statement_id;  // of that statement: when it began
  std::string waits_for;     // "AccessExclusiveLock on users", when it waits for a lock itself
};

BlockingSight look_at_blocking(Connection& observer, int backend);

// For people, of the sessions that `backend` waits for: "server process 4711 (user shop, "report", in a transaction for
// 12 s): SELECT ..."; empty when it does not wait.
std::vector<std::string> holders_of(Connection& observer, int backend);
// For people, of sessions that wait: the same, and for which lock.
std::vector<std::string> waiters(Connection& observer, const std::vector<int>& backends);

// Cancels the statement that began at `statement_id`, if it is still running; another one never.
void cancel_statement(Connection& observer, int backend, const std::string& statement_id);

}  // namespace tide
