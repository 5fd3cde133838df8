#include "lua/db_session.h"

#include <algorithm>
#include <lua.hpp>
#include <new>
#include <utility>

#include "lua/session.h"
#include "tide/error.h"

namespace tide {

namespace {

constexpr const char* kSessionType = "tide.db";

using SessionPointer = std::shared_ptr<DbSession>;

template <class T>
T& check_object(lua_State* L, int index, const char* type) {
  return *static_cast<T*>(luaL_checkudata(L, index, type));
}

template <class T>
void push_object(lua_State* L, T object, const char* type) {
  new (lua_newuserdata(L, sizeof(T))) T(std::move(object));
  luaL_getmetatable(L, type);
  lua_setmetatable(L, -2);
}

int l_collect_session(lua_State* L) {
  static_cast<SessionPointer*>(lua_touserdata(L, 1))->~SessionPointer();
  return 0;
}

int l_collect_task(lua_State* L) {
  auto* object = static_cast<DbTaskObject*>(lua_touserdata(L, 1));
  object->task->abandoned = true;
  object->~DbTaskObject();
  return 0;
}

void make_type(lua_State* L, const char* type, lua_CFunction collect) {
  luaL_newmetatable(L, type);
  lua_pushcfunction(L, collect);
  lua_setfield(L, -2, "__gc");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
}

}  // namespace

const char* const kRowsType = "tide.rows";
const char* const kLoadType = "tide.load";

void DbSession::end_abandoned() {
  std::erase_if(tasks, [](const auto& task) { return task->abandoned || (!task->rows && !task->load); });
}

void DbSession::forget() {
  for (const auto& task : std::exchange(tasks, {})) *task = DbTask();
  connection.reset();
}

void DbSession::end() {
  for (const auto& task : std::exchange(tasks, {})) *task = DbTask();
  connection.reset();
  open = nullptr;
}

// A load that is under way refuses every statement, also when the script has lost it.
const SessionPointer& check_session(lua_State* L) {
  const SessionPointer& session = check_object<SessionPointer>(L, 1, kSessionType);
  const auto loads = [](const auto& task) { return task->load != nullptr; };
  if (std::any_of(session->tasks.begin(), session->tasks.end(), loads)) lua_gc(L, LUA_GCCOLLECT, 0);
  session->end_abandoned();
  if (!session->connection && session->open) session->connection = session->open();
  if (!session->connection) throw Error(ErrorKind::kUsage, "this connection is closed");
  return session;
}

Connection& check_connection(lua_State* L) { return *check_session(L)->connection; }

bool is_connected(lua_State* L) { return check_object<SessionPointer>(L, 1, kSessionType)->connection != nullptr; }

Connection& check_free_connection(lua_State* L) {
  const SessionPointer& session = check_session(L);
  if (!session->tasks.empty()) {
    lua_gc(L, LUA_GCCOLLECT, 0);
    session->end_abandoned();
  }
  return *session->connection;
}

void push_session(lua_State* L, SessionPointer session) { push_object(L, std::move(session), kSessionType); }

void push_task(lua_State* L, DbTask task, const char* type) {
  const SessionPointer& session = check_session(L);
  auto shared = std::make_shared<DbTask>(std::move(task));
  session->tasks.push_back(shared);
  push_object(L, DbTaskObject{session, std::move(shared)}, type);
}

DbTask& check_task(lua_State* L, const char* type) {
  const auto& object = check_object<DbTaskObject>(L, 1, type);
  if (!object.session->connection) throw Error(ErrorKind::kUsage, "this connection is closed");
  return *object.task;
}

void open_session_types(lua_State* L, int index) {
  make_type(L, kRowsType, l_collect_task);
  make_type(L, kLoadType, l_collect_task);
  make_type(L, kSessionType, l_collect_session);
  lua_pushvalue(L, index);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 3);
}

std::string check_text(lua_State* L, int index) {
  std::size_t size = 0;
  const char* text = luaL_checklstring(L, index, &size);
  return {text, size};
}

struct ScopedSession::Held {
  SessionPointer session = std::make_shared<DbSession>();
};

ScopedSession::ScopedSession(lua_State* L, std::shared_ptr<Connection> connection) : held_(std::make_unique<Held>()) {
  held_->session->connection = std::move(connection);
  push_session(L, held_->session);
}

ScopedSession::ScopedSession(lua_State* L, std::function<std::shared_ptr<Connection>()> open)
    : held_(std::make_unique<Held>()) {
  held_->session->open = std::move(open);
  push_session(L, held_->session);
}

ScopedSession::~ScopedSession() { held_->session->end(); }

}  // namespace tide
