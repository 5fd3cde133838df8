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
RawConnection connect_postgres(const std::string& url, const ConnectOptions& options);

}  // namespace tide
