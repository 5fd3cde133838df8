#pragma once

#include <memory>
#include <string>

#include "db/postgres_session.h"
#include "tide/connection.h"

namespace tide {

// The READ ONLY transaction that a statement of a read-only session runs in, when none is open. It has its snapshot
// from the start: after that the server lets nobody make it read-write. Ends with its last holder.
class ReadOnlyTurn {
 public:
  explicit ReadOnlyTurn(PostgresSession& session);
  ~ReadOnlyTurn();
  ReadOnlyTurn(const ReadOnlyTurn&) = delete;
  ReadOnlyTurn& operator=(const ReadOnlyTurn&) = delete;

 private:
  PostgresSession& session_;
};

// Lends the rows the turn that their cursor on the server lives in.
std::unique_ptr<Cursor> keep_turn(std::unique_ptr<Cursor> rows, std::shared_ptr<ReadOnlyTurn> turn);

// Sent behind any BEGIN of a read-only session.
extern const char* const kNailReadOnly;

}  // namespace tide
