#pragma once

#include <string>

namespace tide {

class Session;

// How a session that looks into a database may work: `repl`, `query`, `eval`.
struct Leave {
  bool read_only = false;
  bool sandbox = false;  // what it writes is rolled back at the end
  std::string reason;    // of --write

  // All of it is one transaction, which the session ends.
  bool bounded() const { return sandbox || !reason.empty(); }
};

// A protected environment is read-only unless --write says why (and its name is given); --read-only makes any other
// one so too. Settles what the session's engine may do, so call it before the engine is made. kGate when leave is not
// given, kUsage for flags that contradict each other.
Leave choose_access(Session& session);

}  // namespace tide
