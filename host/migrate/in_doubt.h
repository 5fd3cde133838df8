#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "tide/connection.h"
#include "tide/event.h"

namespace tide {

// What became of a COMMIT whose answer was lost together with the connection.
enum class Fate : std::uint8_t { kCommitted, kRolledBack, kUnknown };

struct InDoubt {
  std::string what;  // for people: "20250101000000 create_users"
  // Asks, in a new session, whether it was committed; raises while the server cannot say yet.
  std::function<bool(Connection&)> committed;
  std::int64_t patience_ms = 60000;
};

// Connects anew and asks, with pauses between 0.1 and 2 seconds, until the server has answered. kUnknown when it has
// not done so in time, or Ctrl-C came.
Fate find_fate(Connection& lost, const InDoubt& question, const EventStream& events);

// Commits. When the connection is lost meanwhile, finds out what became of it: returns, with a warning, when it was
// committed; otherwise the error's detail says "not committed ..." or that it is not known.
void commit_or_ask(Connection& connection, const InDoubt& question, const EventStream& events);

}  // namespace tide
