#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "lua/paths.h"
#include "tide/connection.h"

struct lua_State;

namespace tide {

// Rows that are being read or a load under way, shared by the session and the Lua object that a script holds.
struct DbTask {
  std::unique_ptr<Cursor> rows;
  std::unique_ptr<CopyIn> load;
  bool abandoned = false;  // collected by Lua, not ended yet
};

// What a `db` object holds. Ending a task sends SQL, and the garbage collector may run in the middle of anything: what
// a script let go of ends at the session's next statement, the rest with the session.
struct DbSession {
  std::shared_ptr<Connection> connection;             // none: closed, or not opened yet
  std::function<std::shared_ptr<Connection>()> open;  // called at the first use, where there is no connection
  std::vector<std::shared_ptr<DbTask>> tasks;

  void forget();  // the connection was lost; `open` gives another one
  void end_abandoned();
  void end();
};

// What a row iterator or a load holds in Lua.
struct DbTaskObject {
  std::shared_ptr<DbSession> session;
  std::shared_ptr<DbTask> task;
};

// `db` is argument 1. Raises kUsage when it is closed.
const std::shared_ptr<DbSession>& check_session(lua_State* L);
Connection& check_connection(lua_State* L);
bool is_connected(lua_State* L);  // without connecting
// The same for a statement that a row loop which was left by `break` must not be in the way of (DROP TABLE): collects
// first what the script no longer refers to.
Connection& check_free_connection(lua_State* L);
void push_session(lua_State* L, std::shared_ptr<DbSession> session);

void push_task(lua_State* L, DbTask task, const char* type);  // of the session in argument 1
DbTask& check_task(lua_State* L, const char* type);           // argument 1; kUsage when its session is closed
extern const char* const kRowsType;
extern const char* const kLoadType;

// Makes the Lua types; the value at `index` becomes the __index of sessions.
void open_session_types(lua_State* L, int index);

std::string check_text(lua_State* L, int index);

}  // namespace tide
