#pragma once

#include <libpq-fe.h>

#include <memory>
#include <string>

#include "db/drivers.h"

namespace tide {

struct CloseConnection {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
using RawConnection = std::unique_ptr<PGconn, CloseConnection>;

// A connected session whose settings hold for RESET ALL too: UTF-8, ISO dates, floats that lose nothing, read-only
// when asked. Raises as open_postgres does.
// A pooler that takes no start-up options gets the date style as a setting that it keeps for its client; read-only it
// cannot keep, and that is refused (kConnect).
RawConnection connect_postgres(const std::string& url, const ConnectOptions& options);

// The number of the process that serves a session. It is not PQbackendPID's behind a pooler, which makes up the number
// that a client needs to cancel.
inline constexpr const char* kOwnProcess = "SELECT pg_catalog.pg_backend_pid()";

}  // namespace tide
