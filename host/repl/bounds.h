#pragma once

#include <string>

#include "cli/config.h"
#include "repl/access.h"
#include "tide/connection.h"

namespace tide {

// Limits of a session at a prompt, on the server: a statement's time (the environment's statement_timeout, or 60 s on a
// protected one), and how long a transaction may wait for the next line (10 min). Not behind a pooler, which would hand
// them to the next client. One round trip; returns whether the user is a superuser.
bool prepare_session(Connection& connection, const Environment& environment, const Leave& leave);

// What a session says when it opens: where it is, and what is allowed.
std::string greeting(const Connection& connection, const Environment& environment, const Leave& leave);

// One input of a session that is one transaction: begins it where none is open, and takes back what the input did when
// it failed, so that one mistake does not lose the work before it. Of other sessions it is nothing.
class BoundedInput {
 public:
  BoundedInput(Connection& connection, const Leave& leave);
  ~BoundedInput();
  BoundedInput(const BoundedInput&) = delete;
  BoundedInput& operator=(const BoundedInput&) = delete;

  void keep();  // it went well

 private:
  Connection& connection_;
  bool marked_ = false;
};

}  // namespace tide
