#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "lua/effects.h"
#include "lua/run_journal.h"
#include "lua/script_inputs.h"
#include "lua/work_context.h"
#include "sys/interrupt.h"
#include "tide/connection.h"
#include "tide/event.h"

struct lua_State;

namespace tide {

struct BackupContext;

struct LuaOptions {
  std::string stdlib_dir;        // where `require "tide.x"` reads from; empty = the modules inside the binary
  std::string project_dir;       // absolute: scripts reach files below it only; relative paths start here
  std::string run_dir;           // absolute: the run's own folder, which they may read and write too; empty = none
  std::string library_dir;       // the project's own modules ("lib"); empty = none
  std::size_t memory_limit = 0;  // bytes that scripts may hold; 0 = no limit
  const EventStream* events = nullptr;
  // db:connect: an environment's name or a URL.
  std::function<std::shared_ptr<Connection>(const std::string&)> connect;
  // backup.*: the database of an environment or a URL, "" = the run's own, and its folder of backups.
  std::function<BackupContext(const std::string&)> backups;
  // What a script learned that nobody else may read: from now on it is masked wherever text leaves the program.
  std::function<void(const std::string& secret)> add_secret;
  // Another session with the same database, for what works beside the script.
  std::function<std::shared_ptr<Connection>(Connection&)> another;
  ScriptInputs inputs;
  // Of runbooks: what they did so far; and up, down and status of the migrations, by a request and an answer in JSON.
  std::shared_ptr<RunJournal> journal;
  std::function<Json(const Json& request)> migrate;
  WorkContext work;
};

// A Lua value that the host holds on to. Must not outlive its state.
class LuaRef {
 public:
  LuaRef() = default;
  LuaRef(lua_State* state, int reference) : state_(state), reference_(reference) {}
  LuaRef(LuaRef&& other) noexcept;
  LuaRef& operator=(LuaRef&& other) noexcept;
  ~LuaRef();
  explicit operator bool() const { return state_ != nullptr; }
  void push() const;

 private:
  lua_State* state_ = nullptr;
  int reference_ = 0;
};

// One Lua world: the sandbox that scripts live in, and the one door by which the host enters it.
// The JIT compiler is off: compiled loops could not be stopped by Ctrl-C. One thread at a time.
class LuaState {
 public:
  explicit LuaState(LuaOptions options);
  ~LuaState();
  LuaState(const LuaState&) = delete;
  LuaState& operator=(const LuaState&) = delete;

  // Compiles a script in an environment of its own and checks it for globals that nobody defined, before anything
  // of it runs. `name` is how the user would name the file. Raises kConfig with file and line.
  LuaRef load(const std::string& name, std::string_view text);

  // Calls the function under its `arguments` on the stack, protected; results replace them. An error comes out as
  // tide::Error with file, line and traceback.
  void call(int arguments, int results);

  // Calls a function of the prelude (stdlib/host/prelude.lua) by name, its arguments being on top of the stack.
  void call_prelude(const char* function, int arguments, int results);

  // After an interrupt came out of `call`: scripts may run again.
  void forgive_interrupt();

  // What was compiled under a name, so that an error in a SQL text can be placed in the file that holds it; "" =
  // nothing.
  void keep_source(const std::string& name, std::string_view text) { sources_[name] = text; }
  std::string_view source(const std::string& name) const;

  // The script that is being run: see RunningScope.
  const RunningScript& running() const { return running_; }
  // A worker's part of a run is over; nothing that its script does after that counts.
  bool work_ended() const { return work_ended_; }
  void end_work() { work_ended_ = true; }
  // What the script is doing stands at a checkpoint whenever it is stopped: the same script goes on there when it is
  // run again.
  bool at_checkpoint() const { return at_checkpoint_; }
  void set_at_checkpoint(bool on) { at_checkpoint_ = on; }

  // What scripts do outside of the database.
  Effects& effects() { return effects_; }

  LuaRef take();  // pops the top of the stack
  lua_State* raw() const { return state_; }
  const LuaOptions& options() const { return options_; }

 private:
  friend class RunningScope;
  static void* allocate(void* self, void* block, std::size_t old_size, std::size_t new_size);
  static void on_interrupt(void* self) noexcept;
  void open_sandbox();

  LuaOptions options_;
  std::size_t used_ = 0;
  bool limited_ = false;  // while a script runs: outside a protected call Lua has no answer to a refusal
  lua_State* state_ = nullptr;
  LuaRef prelude_;
  std::map<std::string, std::string> sources_;
  std::unique_ptr<InterruptTarget> interrupt_;
  Effects effects_;
  RunningScript running_;
  std::int64_t scripts_run_ = 0;
  bool work_ended_ = false;
  bool at_checkpoint_ = false;
};

// While it lives, that script is the one that is being run, in place of the one that runs it.
class RunningScope {
 public:
  RunningScope(LuaState& state, RunningScript script);
  ~RunningScope();
  RunningScope(const RunningScope&) = delete;
  RunningScope& operator=(const RunningScope&) = delete;

 private:
  LuaState& state_;
  RunningScript outer_;
};

}  // namespace tide
