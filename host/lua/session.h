#pragma once

#include <functional>
#include <memory>

#include "tide/connection.h"

struct lua_State;

namespace tide {

// A `db` object, pushed on construction. When this ends, whatever a script kept of it says that it is closed.
class ScopedSession {
 public:
  ScopedSession(lua_State* L, std::shared_ptr<Connection> connection);
  ScopedSession(lua_State* L, std::function<std::shared_ptr<Connection>()> open);  // connects at its first use
  ~ScopedSession();
  ScopedSession(const ScopedSession&) = delete;
  ScopedSession& operator=(const ScopedSession&) = delete;

 private:
  struct Held;
  std::unique_ptr<Held> held_;
};

}  // namespace tide
