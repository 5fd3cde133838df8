#include <algorithm>
#include <deque>
#include <lua.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/lines.h"
#include "base/text.h"
#include "lua/convert.h"
#include "lua/db_session.h"
#include "lua/modules.h"
#include "lua/state.h"
#include "sys/files.h"
#include "sys/process.h"
#include "tide/error.h"
#include "tide/event.h"

namespace tide {

namespace {

constexpr std::size_t kKeptForErrors = 16 * 1024;  // of output that the script does not want

struct Call {
  std::vector<Command> commands;
  std::string text;  // what is run, for people
  bool capture = true;
  bool check = true;
};

std::string text_field(lua_State* L, const char* name) {
  lua_getfield(L, 1, name);
  std::string text = lua_isnil(L, -1) ? std::string() : check_text(L, -1);
  lua_pop(L, 1);
  return text;
}

bool flag_field(lua_State* L, const char* name) {
  lua_getfield(L, 1, name);
  const bool flag = lua_toboolean(L, -1) != 0;
  lua_pop(L, 1);
  return flag;
}

std::int64_t number_field(lua_State* L, const char* name) {
  lua_getfield(L, 1, name);
  const auto number = static_cast<std::int64_t>(luaL_checknumber(L, -1));
  lua_pop(L, 1);
  return number;
}

// What a command line says of a path counts from where the project is.
std::string path_field(lua_State* L, const char* name) {
  const std::string& base = state_of(L).options().project_dir;
  const std::string path = text_field(L, name);
  return path.empty() || base.empty() ? path : absolute_path(path, base);
}

std::vector<std::pair<std::string, std::string>> variables_field(lua_State* L) {
  std::vector<std::pair<std::string, std::string>> variables;
  lua_getfield(L, 1, "env");
  for (lua_pushnil(L); lua_next(L, -2) != 0; lua_pop(L, 1)) {
    variables.emplace_back(check_text(L, -2), check_text(L, -1));
  }
  lua_pop(L, 1);
  return variables;
}

std::vector<std::string> list_at_top(lua_State* L) {
  std::vector<std::string> list;
  for (std::size_t i = 1; i <= lua_objlen(L, -1); ++i) {
    lua_rawgeti(L, -1, static_cast<int>(i));
    list.push_back(check_text(L, -1));
    lua_pop(L, 1);
  }
  return list;
}

Command command_without_arguments(lua_State* L, bool capture) {
  Command command;
  command.cwd = path_field(L, "cwd");
  if (command.cwd.empty()) command.cwd = state_of(L).options().project_dir;
  command.env = variables_field(L);
  command.inherit_env = flag_field(L, "inherit_env");
  command.timeout_ms = number_field(L, "timeout_ms");
  command.grace_ms = number_field(L, "grace_ms");
  command.capture_limit = capture ? static_cast<std::size_t>(number_field(L, "capture_limit")) : kKeptForErrors;
  return command;
}

// The table at index 1 is stdlib/host/shell.lua's, which has checked it.
Call read_call(lua_State* L) {
  Call call;
  call.capture = flag_field(L, "capture");
  call.check = flag_field(L, "check");
  const Command common = command_without_arguments(L, call.capture);
  lua_getfield(L, 1, "commands");
  for (std::size_t i = 1; i <= lua_objlen(L, -1); ++i) {
    lua_rawgeti(L, -1, static_cast<int>(i));
    call.commands.push_back(common);
    call.commands.back().argv = list_at_top(L);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  call.commands.front().stdin_text = text_field(L, "stdin");
  call.commands.front().stdin_file = path_field(L, "stdin_file");
  call.commands.back().stdout_file = path_field(L, "stdout_file");
  call.text = text_field(L, "text");
  if (call.text.empty()) call.text = pipeline_text(call.commands);
  return call;
}

// A program's output as events, line by line.
class OutputEvents {
 public:
  OutputEvents(const EventStream& events, Command& command)
      : events_(events), name_(base_name(command.argv.front())), out_(lines("out")), err_(lines("err")) {
    command.on_output = [this](OutputStream stream, std::string_view piece) {
      (stream == OutputStream::kOut ? out_ : err_).add(piece);
    };
  }
  OutputEvents(const OutputEvents&) = delete;
  OutputEvents& operator=(const OutputEvents&) = delete;

  void end() {
    out_.end();
    err_.end();
  }

 private:
  Lines lines(const char* stream) {
    return Lines([this, stream](const std::string& line) {
      Event event{Event::Kind::kOutput};
      event.name = name_;
      event.level = stream;
      event.text = line;
      events_.emit(event);
    });
  }

  const EventStream& events_;
  std::string name_;
  Lines out_;
  Lines err_;
};

std::vector<CommandResult> run(Call& call, const EventStream* events) {
  std::deque<OutputEvents> outputs;
  if (events != nullptr) {
    for (Command& command : call.commands) outputs.emplace_back(*events, command);
  }
  std::vector<CommandResult> results = run_pipeline(call.commands);
  for (OutputEvents& output : outputs) output.end();
  if (call.check && failed_command(results) < results.size()) throw commands_failed(call.commands, results);
  return results;
}

void set_flag(lua_State* L, const char* name, bool value) {
  lua_pushboolean(L, value ? 1 : 0);
  lua_setfield(L, -2, name);
}

void set_text(lua_State* L, const char* name, std::string_view text) {
  push_text(L, text);
  lua_setfield(L, -2, name);
}

bool is_cut(std::int64_t bytes, const Command& command) {
  return bytes > static_cast<std::int64_t>(command.capture_limit);
}

void push_result(lua_State* L, const CommandResult& result, const Command& command, bool capture) {
  lua_createtable(L, 0, 10);
  lua_pushinteger(L, result.code);
  lua_setfield(L, -2, "code");
  lua_pushnumber(L, result.ms / 1000);
  lua_setfield(L, -2, "duration");
  if (result.signal != 0) set_text(L, "signal", signal_name(result.signal));
  set_text(L, "out", capture ? std::string_view(result.out) : std::string_view());
  set_text(L, "err", capture ? std::string_view(result.err) : std::string_view());
  set_flag(L, "timed_out", result.timed_out);
  set_flag(L, "left_running", result.left_running);
  set_flag(L, "truncated", capture && (is_cut(result.out_bytes, command) || is_cut(result.err_bytes, command)));
}

// run(call) -> a list with a result for each command
int l_run(lua_State* L) {
  Call call = read_call(L);
  LuaState& state = state_of(L);
  std::vector<CommandResult> results(call.commands.size());
  const bool done = state.effects().run("shell", call.text, [&] { results = run(call, state.options().events); });
  lua_createtable(L, static_cast<int>(results.size()), 0);
  for (std::size_t i = 0; i < results.size(); ++i) {
    push_result(L, results[i], call.commands[i], call.capture);
    if (!done) set_flag(L, "recorded", true);
    lua_rawseti(L, -2, static_cast<int>(i) + 1);
  }
  lua_pushinteger(L, static_cast<lua_Integer>(failed_command(results)) + 1);
  return 2;
}

// find(program) -> its path, or nothing
int l_find(lua_State* L) {
  const std::string path = find_program(check_text(L, 1));
  if (path.empty()) return 0;
  push_text(L, path);
  return 1;
}

}  // namespace

static constexpr NativeEntry kEntries[] = {
    {"find", l_find},
    {"run", l_run},
};
const NativeModule kShellModule = {"shell", kEntries, std::size(kEntries)};

}  // namespace tide
