#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <lua.hpp>
#include <memory>
#include <string>
#include <thread>

#include "lua/session.h"
#include "lua/state.h"
#include "support/databases.h"
#include "sys/interrupt.h"

namespace tide::test {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

struct Endless {
  const char* what;
  const char* script;
};
void PrintTo(const Endless& endless, std::ostream* out) { *out << endless.what; }

constexpr Endless kEndless[] = {
    {"loop", "while true do end"},
    {"counting", "local n = 0 while true do n = n + 1 end"},
    {"goto", "::again:: goto again"},
    {"repeat_pcall", "repeat pcall(function() while true do end end) until false"},
    {"pcall_until_it_works", "repeat local ok = pcall(function() while true do end end) until ok"},
    {"nested_pcalls",
     "local function f() while true do pcall(pcall, function() while true do end end) end end while true do pcall(f) "
     "end"},
    {"coroutine", "coroutine.wrap(function() while true do end end)()"},
    {"coroutines_resumed_for_ever",
     "while true do coroutine.resume(coroutine.create(function() while true do end end)) end"},
    {"a_generator",
     "local next = coroutine.wrap(function() while true do coroutine.yield(1) end end) while true do next() end"},
    {"xpcall_handlers", "while true do xpcall(error, function() return 1 end) end"},
    {"xpcall_handler_that_raises",
     "while true do xpcall(function() while true do end end, function() error 'again' end) end"},
    {"tail_calls", "local function f() return f() end f()"},
    {"strings", "while true do local s = ('x'):rep(1000):upper() end"},
    {"gsub_with_a_function", "while true do (('x'):rep(1000)):gsub('x', function() return 'y' end) end"},
    {"sort",
     "while true do local t = {} for i = 1, 100 do t[i] = -i end table.sort(t, function(a, b) return a < b end) end"},
    {"metamethods",
     "local t = setmetatable({}, { __index = function() return 1 end }) while true do local x = t.a end"},
    {"tostring", "local t = setmetatable({}, { __tostring = function() while true do end end }) print(t)"},
    {"a_raised_tostring", "error(setmetatable({}, { __tostring = function() while true do end end }))"},
    {"numerics", "local n = numeric '0.1' while true do n = n + numeric '0.1' end"},
    {"json", "while true do json.decode(json.encode { 1, 2, 3 }) end"},
    {"statements", "local db = ... while true do db:value 'SELECT 1' end"},
    {"caught_statements", "local db = ... while true do pcall(db.value, db, 'SELECT 1') end"},
    {"transactions", "local db = ... while true do pcall(db.transaction, db, function() while true do end end) end"},
    {"rows",
     "local db = ... for _ in db:rows 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM "
     "n' do end"},
    {"copy",
     "local db = ... db:execute 'CREATE TABLE t (id integer)' db:copy_in('t', { 'id' }, function() return { 1 } end)"},
    {"retries", "local db = ... db:transaction(function() error { sqlstate = '40001' } end, { retries = 1e9 })"},
};

class Interrupts : public testing::Test {
 protected:
  Interrupts() {
    install_interrupt_handlers();
    clear_interrupt();
  }
  ~Interrupts() override {
    clear_interrupt();
    ::signal(SIGINT, SIG_DFL);
    ::signal(SIGTERM, SIG_DFL);
  }
  static std::thread signal_soon(std::chrono::milliseconds delay = 50ms) {
    return std::thread([delay] {
      std::this_thread::sleep_for(delay);
      ::kill(::getpid(), SIGINT);
    });
  }
  // Runs a script that the signal must end.
  static Error run(LuaState& lua, const std::string& script) {
    const LuaRef loaded = lua.load("endless.lua", script);
    loaded.push();
    const ScopedSession session(lua.raw(), open_connection("sqlite::memory:"));
    std::thread signal = signal_soon();
    Error error = raised([&] { lua.call(1, 0); });
    signal.join();
    return error;
  }
};

class EndlessScripts : public Interrupts, public testing::WithParamInterface<Endless> {};

TEST_P(EndlessScripts, end_at_the_first_signal) {
  LuaState lua{LuaOptions{}};
  const auto began = Clock::now();
  const Error error = run(lua, GetParam().script);
  EXPECT_EQ(error.kind, ErrorKind::kInterrupted) << error.message;
  EXPECT_LT(Clock::now() - began, 5s);
}
INSTANTIATE_TEST_SUITE_P(all, EndlessScripts, testing::ValuesIn(kEndless),
                         [](const auto& endless) { return endless.param.what; });

TEST_F(Interrupts, that_came_before_the_state_stop_its_scripts_too) {
  ::kill(::getpid(), SIGINT);
  EXPECT_EQ(raised([] {
              LuaState lua{LuaOptions{}};
              lua.load("late.lua", "while true do end").push();
              lua.call(0, 0);
            }).kind,
            ErrorKind::kInterrupted);
}

TEST_F(Interrupts, are_over_for_the_next_state_when_they_are_cleared) {
  {
    LuaState lua{LuaOptions{}};
    EXPECT_EQ(run(lua, "while true do end").kind, ErrorKind::kInterrupted);
  }
  clear_interrupt();
  LuaState lua{LuaOptions{}};
  lua.load("a.lua", "local n = 0 for i = 1, 10000 do n = n + i end return n").push();
  lua.call(0, 1);
  EXPECT_EQ(lua_tonumber(lua.raw(), -1), 50005000);
}

TEST_F(Interrupts, reach_every_state) {
  LuaState bystander{LuaOptions{}};
  const LuaRef waiting = bystander.load("a.lua", "while true do end");
  LuaState lua{LuaOptions{}};
  EXPECT_EQ(run(lua, "while true do end").kind, ErrorKind::kInterrupted);
  waiting.push();
  EXPECT_EQ(raised([&] { bystander.call(0, 0); }).kind, ErrorKind::kInterrupted);
}

TEST_F(Interrupts, name_the_line_that_was_running) {
  LuaState lua{LuaOptions{}};
  const Error error = run(lua, "local n = 0\n\nwhile true do n = n + 1 end");
  EXPECT_EQ(error.file, "endless.lua");
  EXPECT_EQ(error.line, 3);
  EXPECT_EQ(error.message, "interrupted");
}

}  // namespace
}  // namespace tide::test
