#pragma once

#include <libpq-events.h>
#include <libpq-fe.h>

#include <memory>
#include <string>

#include "tide/error.h"

namespace tide {

struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using RawResult = std::unique_ptr<PGresult, ClearResult>;

// What passed over a connection, seen through libpq's event procedure while libpqxx drives it: an exception of
// libpqxx keeps three fields of an error, the result has all of them.
struct PostgresWatch {
  std::shared_ptr<const Error> failure;     // of the latest command that was refused; kind kSql
  bool fatal = false;                       // the server ended the session with it
  std::string tag;                          // of the latest result: "SELECT 3", "ROLLBACK"
  ExecStatusType copy = PGRES_EMPTY_QUERY;  // PGRES_COPY_IN or PGRES_COPY_OUT while the server waits for COPY data
  int transactions_ended = 0;               // COMMIT and ROLLBACK, also ROLLBACK TO: cursors may be gone
  int cursors_closed = 0;                   // CLOSE ALL, DISCARD ALL
  int schema_changed = 0;                   // CREATE, ALTER, DROP

  void forget_command();
  void see(const PGresult* result);
};

// Registers `watch` with the connection; it must live as long. kInternal when libpq has no memory for it.
void watch_connection(PGconn* connection, PostgresWatch* watch);

// Lines joined by "; ", white space by single spaces.
std::string one_line(const char* text);

}  // namespace tide
