#include "lua/state.h"

#include <cstdlib>
#include <lua.hpp>
#include <optional>
#include <utility>

#include "base/text.h"
#include "lua/error_object.h"
#include "lua/modules.h"
#include "lua/numeric.h"
#include "lua/stdlib.h"

namespace tide {

namespace {

constexpr const char* kSelfKey = "tide.state";

// Around every C function: C++ exceptions become Lua error objects. Lua's own errors pass through untouched.
int guard(lua_State* L, lua_CFunction function) {
  std::optional<Error> caught;
  try {
    return function(L);
  } catch (const Error& error) {
    caught = error;
  } catch (const std::exception& error) {
    caught.emplace(ErrorKind::kInternal, error.what());
  }
  return raise(L, std::move(*caught));
}

// Stays armed until the host disarms it: a one-shot hook would be swallowed by `repeat pcall(f) until false`.
// The message handler is left alone: an error in it would hide the one it describes.
void stop_script(lua_State* L, lua_Debug* frame) {
  lua_getinfo(L, "f", frame);
  const bool describing = lua_tocfunction(L, -1) == &describe_error;
  lua_pop(L, 1);
  if (!describing) raise(L, Error(ErrorKind::kInterrupted, "interrupted"));
}

void open_libraries(lua_State* L) {
  luaL_openlibs(L);
  luaJIT_setmode(L, 0, LUAJIT_MODE_ENGINE | LUAJIT_MODE_OFF);
  lua_pushlightuserdata(L, reinterpret_cast<void*>(&guard));
  luaJIT_setmode(L, -1, LUAJIT_MODE_WRAPCFUNC | LUAJIT_MODE_ON);
  lua_pop(L, 1);
}

}  // namespace

LuaRef::LuaRef(LuaRef&& other) noexcept
    : state_(std::exchange(other.state_, nullptr)), reference_(std::exchange(other.reference_, 0)) {}

LuaRef& LuaRef::operator=(LuaRef&& other) noexcept {
  std::swap(state_, other.state_);
  std::swap(reference_, other.reference_);
  return *this;
}

LuaRef::~LuaRef() {
  if (state_ != nullptr) luaL_unref(state_, LUA_REGISTRYINDEX, reference_);
}

void LuaRef::push() const { lua_rawgeti(state_, LUA_REGISTRYINDEX, reference_); }

LuaState::LuaState(LuaOptions options) : options_(std::move(options)), effects_(options_.events) {
  state_ = options_.memory_limit == 0 ? luaL_newstate() : lua_newstate(&LuaState::allocate, this);
  if (state_ == nullptr) throw Error(ErrorKind::kInternal, "no memory for a Lua state");
  try {
    open_numeric_types(state_);
    open_sandbox();
    interrupt_ = std::make_unique<InterruptTarget>(&LuaState::on_interrupt, state_);
  } catch (...) {
    prelude_ = LuaRef();
    lua_close(state_);
    throw;
  }
  if (interrupted()) on_interrupt(state_);
}

LuaState::~LuaState() {
  interrupt_.reset();
  prelude_ = LuaRef();
  lua_sethook(state_, nullptr, 0, 0);
  lua_close(state_);
}

void* LuaState::allocate(void* self, void* block, std::size_t old_size, std::size_t new_size) {
  auto* state = static_cast<LuaState*>(self);
  const std::size_t held = block == nullptr ? 0 : old_size;
  const bool grows = new_size > held;
  if (state->limited_ && grows && state->used_ + (new_size - held) > state->options_.memory_limit) return nullptr;
  if (new_size == 0) {
    std::free(block);
    state->used_ -= held;
    return nullptr;
  }
  void* moved = std::realloc(block, new_size);
  if (moved != nullptr) state->used_ += new_size - held;
  return moved;
}

void LuaState::on_interrupt(void* self) noexcept {
  lua_sethook(static_cast<lua_State*>(self), stop_script, LUA_MASKCALL | LUA_MASKRET | LUA_MASKCOUNT, 1);
}

void LuaState::open_sandbox() {
  open_libraries(state_);
  // Short, whole cycles: while a cycle goes on in small steps garbage piles up, LuaJIT's table of strings grows and
  // shrinks with it, and a loop over many rows takes twice as long and a third more memory. A cap needs less yet.
  const bool capped = options_.memory_limit != 0;
  lua_gc(state_, LUA_GCSETPAUSE, capped ? 100 : 180);
  lua_gc(state_, LUA_GCSETSTEPMUL, capped ? 400 : 10000);
  lua_pushlightuserdata(state_, this);
  lua_setfield(state_, LUA_REGISTRYINDEX, kSelfKey);
  const std::string text = stdlib_text("host/prelude.lua", options_.stdlib_dir);
  if (luaL_loadbufferx(state_, text.data(), text.size(), "=stdlib/host/prelude.lua", "t") != 0) {
    throw Error(ErrorKind::kInternal, lua_tostring(state_, -1));
  }
  push_native_modules(state_);
  call(1, 1);
  prelude_ = take();
}

LuaRef LuaState::load(const std::string& name, std::string_view text) {
  lua_pushlstring(state_, name.data(), name.size());
  lua_pushlstring(state_, text.data(), text.size());
  call_prelude("load", 2, 1);
  return take();
}

RunningScope::RunningScope(LuaState& state, RunningScript script) : state_(state), outer_(std::move(script)) {
  outer_.number = ++state_.scripts_run_;
  std::swap(state_.running_, outer_);
  state_.at_checkpoint_ = false;
}

RunningScope::~RunningScope() { std::swap(state_.running_, outer_); }

void LuaState::call_prelude(const char* function, int arguments, int results) {
  prelude_.push();
  lua_getfield(state_, -1, function);
  lua_remove(state_, -2);
  lua_insert(state_, -arguments - 1);
  call(arguments, results);
}

void LuaState::call(int arguments, int results) {
  const int base = lua_gettop(state_) - arguments;
  lua_Debug called;
  lua_pushvalue(state_, base);
  lua_getinfo(state_, ">S", &called);
  const std::string source = called.source;
  lua_pushcfunction(state_, describe_error);
  lua_insert(state_, base);
  const bool outer = std::exchange(limited_, true);
  const int status = lua_pcall(state_, arguments, results, base);
  limited_ = outer;
  lua_remove(state_, base);
  if (status == 0) return;
  if (status == LUA_ERRMEM) lua_gc(state_, LUA_GCCOLLECT, 0);
  Error error = to_error(state_, -1);
  lua_pop(state_, 1);
  // a tail call leaves no frame behind that would say where
  if (error.file.empty() && source.front() == '@') error.at(source.substr(1), called.linedefined);
  throw error;
}

void LuaState::forgive_interrupt() {
  lua_sethook(state_, nullptr, 0, 0);
  clear_interrupt();
}

std::string_view LuaState::source(const std::string& name) const {
  const auto found = sources_.find(name);
  return found == sources_.end() ? std::string_view() : std::string_view(found->second);
}

LuaRef LuaState::take() { return {state_, luaL_ref(state_, LUA_REGISTRYINDEX)}; }

LuaState& state_of(lua_State* L) {
  lua_getfield(L, LUA_REGISTRYINDEX, kSelfKey);
  auto* self = static_cast<LuaState*>(lua_touserdata(L, -1));
  lua_pop(L, 1);
  return *self;
}

}  // namespace tide
