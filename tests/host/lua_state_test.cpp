#include <gtest/gtest.h>

#include <lua.hpp>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "lua/session.h"
#include "lua/state.h"
#include "support/databases.h"

namespace tide::test {
namespace {

constexpr const char* kName = "scripts/a.lua";

class LuaStates : public testing::Test {
 protected:
  void run(const std::string& script) {
    lua_.load(kName, script).push();
    lua_.call(0, 0);
  }
  Error error_of(const std::string& script) {
    return raised([&] { run(script); });
  }

  LuaState lua_{LuaOptions{}};
};

struct Refused {
  const char* what;
  const char* script;
  const char* message;
  int line;
};
void PrintTo(const Refused& refused, std::ostream* out) { *out << refused.what; }

constexpr Refused kRefused[] = {
    {"read", "local x = 1\nreturn prnt(x)", "undefined global 'prnt' (did you mean 'print'?)", 2},
    {"read_far_from_any", "return completely_unknown", "undefined global 'completely_unknown'", 1},
    {"write", "local x\ncount = 1", "assignment to the global 'count': write `local count`", 2},
    {"write_of_a_known_one", "\n\nprint = nil", "assignment to the global 'print': write `local print`", 3},
    {"function", "function helper() end", "assignment to the global 'helper': write `local helper`", 1},
    {"in_nested_functions", "return function()\n return function()\n  return function() return typo end\n end\nend",
     "undefined global 'typo'", 3},
    {"written_in_a_nested_function",
     "local function f()\n  local function g() total = 1 end\n  return g\nend\nreturn f",
     "assignment to the global 'total': write `local total`", 2},
    {"behind_if_false", "if false then\n  typo()\nend", "undefined global 'typo'", 2},
    {"behind_return", "do return end\ntypo()", "undefined global 'typo'", 2},
    {"behind_while_false", "while false do\n  typo()\nend", "undefined global 'typo'", 2},
    {"after_a_short_cut", "return nil and\n typo", "undefined global 'typo'", 2},
    {"in_a_table", "return { a = 1,\n  b = typo }", "undefined global 'typo'", 2},
    {"as_a_field_s_owner", "return typo.field", "undefined global 'typo'", 1},
    {"as_a_method_s_owner", "typo:run()", "undefined global 'typo'", 1},
    {"first_by_line", "local f = function()\n  return second\nend\nreturn f, first", "undefined global 'second'", 2},
    {"of_two_on_one_line", "return one, two", "undefined global 'one'", 1},
    {"with_crlf", "local x = 1\r\nreturn typo\r\n", "undefined global 'typo'", 2},
    {"with_a_byte_order_mark", "\xef\xbb\xbfreturn\n typo", "undefined global 'typo'", 2},
    {"with_a_shebang", "#!/usr/bin/env tide\nreturn typo", "undefined global 'typo'", 2},
    {"syntax", "local x = 1\nlocal y = = 2", "syntax error: unexpected symbol near '='", 2},
    {"syntax_at_the_end", "return {\n  up = function()\n",
     "syntax error: 'end' expected (to close 'function' at line 2) near '<eof>'", 3},
    {"syntax_with_a_colon", "local x = 1\nx::y()", "syntax error: ", 2},
    {"syntax_near_a_place", "local s = 'a.lua:77: x' 5", "syntax error: ", 1},
    {"syntax_with_crlf", "local x = 1\r\nlocal y = = 2\r\n", "syntax error: unexpected symbol near '='", 2},
    {"syntax_with_a_shebang", "#!/usr/bin/env tide\nlocal y = = 2", "syntax error: unexpected symbol near '='", 2},
    {"an_unfinished_string", "local x = 'abc\nreturn x", "syntax error: unfinished string near ''abc'", 1},
    {"goto_nowhere", "\ngoto nowhere", "syntax error: undefined label 'nowhere'", 2},
    {"break_outside", "\nbreak", "syntax error: ", 2},
};

class RefusedScripts : public LuaStates, public testing::WithParamInterface<Refused> {};

TEST_P(RefusedScripts, have_a_line_before_anything_has_run) {
  const Error error = error_of(GetParam().script);
  EXPECT_EQ(error.kind, ErrorKind::kConfig);
  EXPECT_EQ(error.file, kName);
  EXPECT_EQ(error.line, GetParam().line);
  EXPECT_EQ(error.message.substr(0, std::string(GetParam().message).size()), GetParam().message);
}
INSTANTIATE_TEST_SUITE_P(all, RefusedScripts, testing::ValuesIn(kRefused),
                         [](const auto& refused) { return refused.param.what; });

TEST_F(LuaStates, find_the_line_in_files_with_odd_names) {
  const std::string folder(80, 'x');
  for (const std::string& name :
       {folder + "/create_users.lua", std::string("a: 7: b/c:12.lua"), std::string("no_extension"),
        folder + "/no_extension", std::string("with space/ü.lua"), std::string("...tail.lua")}) {
    const Error syntax = raised([&] { lua_.load(name, "local x = 1\n\nlocal y = = 2"); });
    EXPECT_EQ(syntax.file, name);
    EXPECT_EQ(syntax.line, 3) << name;
    EXPECT_EQ(syntax.message, "syntax error: unexpected symbol near '='");
    const LuaRef script = lua_.load(name, "local x\n\nreturn x.y");
    script.push();
    const Error died = raised([&] { lua_.call(0, 0); });
    EXPECT_EQ(died.file, name);
    EXPECT_EQ(died.line, 3) << name;
    EXPECT_EQ(died.message, "attempt to index local 'x' (a nil value)");
  }
}

struct Raised {
  const char* what;
  const char* script;
  const char* message;
  int line;
};
void PrintTo(const Raised& raised, std::ostream* out) { *out << raised.what; }

constexpr Raised kRaised[] = {
    {"text", "\nerror 'boom'", "boom", 2},
    {"text_of_the_caller", "local function f() error('boom', 2) end\nf()", "boom", 2},
    {"text_without_a_place", "\nerror('boom', 0)", "boom", 2},
    {"text_with_colons", "\nerror('a: 5: b')", "a: 5: b", 2},
    {"text_that_looks_like_a_place", "\nerror('see foo.lua:5: there', 0)", "see foo.lua:5: there", 2},
    {"number", "\nerror(42)", "42", 2},
    {"nil", "\nerror(nil)", "a script raised a value of type nil", 2},
    {"boolean", "\nerror(true)", "a script raised a value of type boolean", 2},
    {"function", "\nerror(print)", "a script raised a value of type function", 2},
    {"table", "\nerror {}", "a script raised a value of type table", 2},
    {"table_that_tells", "\nerror(setmetatable({}, { __tostring = function() return 'told' end }))", "told", 2},
    {"table_that_tells_badly", "\nerror(setmetatable({}, { __tostring = function() error 'worse' end }))",
     "a script raised a value of type table, whose __tostring failed: scripts/a.lua:2: worse", 2},
    {"table_that_tells_no_text", "\nerror(setmetatable({}, { __tostring = function() return {} end }))", "", 2},
    {"table_with_a_false_index", "\nerror(setmetatable({}, { __index = function() error 'worse' end }))",
     "a script raised a value of type table", 2},
    {"numeric", "\nerror(numeric '1.5')", "1.5", 2},
    {"assert", "\nassert(nil)", "assertion failed!", 2},
    {"assert_with_a_text", "\nassert(false, 'why')", "why", 2},
    {"own_defect", "local x\n\nx()", "attempt to call local 'x' (a nil value)", 3},
    {"in_a_coroutine", "local co = coroutine.wrap(function()\n error 'inside'\nend)\nco()", "inside", 2},
    {"in_a_coroutine_of_a_coroutine",
     "local co = coroutine.wrap(function()\n coroutine.wrap(function()\n  local x\n  x()\n end)()\nend)\nco()",
     "attempt to call local 'x' (a nil value)", 4},
    {"by_a_handler", "local _, e = xpcall(function() error 'a' end, function(m) return m end)\nerror(e, 0)", "a", 1},
    {"in_a_sort", "table.sort({ 3, 2, 1 }, function()\n error 'sorting' end)", "sorting", 2},
    {"in_a_gsub", "(('abc'):gsub('b', function()\n error 'replacing' end))", "replacing", 2},
    {"by_the_host", "\nnumeric 'x'", "expected an exact number, got \"x\"", 2},
    {"by_a_library", "\nstring.rep()", "bad argument #1 to 'rep' (string expected, got no value)", 2},
};

class RaisedErrors : public LuaStates, public testing::WithParamInterface<Raised> {};

TEST_P(RaisedErrors, come_out_with_text_and_line) {
  std::string script = GetParam().script;
  if (script.front() == '(') script = "local _ = " + script;
  const Error error = error_of(script);
  EXPECT_EQ(error.file, kName);
  EXPECT_EQ(error.line, GetParam().line);
  EXPECT_EQ(error.message, GetParam().message);
  EXPECT_EQ(lua_gettop(lua_.raw()), 0);
}
INSTANTIATE_TEST_SUITE_P(all, RaisedErrors, testing::ValuesIn(kRaised),
                         [](const auto& raised) { return raised.param.what; });

TEST_F(LuaStates, show_the_way_to_an_error) {
  const Error error =
      error_of("local function inner()\n  error 'boom'\nend\nlocal function outer()\n  inner()\nend\nouter()\n");
  EXPECT_EQ(error.traceback, "scripts/a.lua:2 in inner\nscripts/a.lua:5 in outer\nscripts/a.lua:7 in main chunk");
}

TEST_F(LuaStates, keep_the_way_through_a_transaction) {
  const LuaRef script = lua_.load(kName,
                                  "local db = ...\nlocal function inner() error('boom', 0) end\n"
                                  "db:transaction(function()\n  db:savepoint(function()\n    inner()\n  end)\nend)");
  script.push();
  const ScopedSession session(lua_.raw(), open_connection("sqlite::memory:"));
  const Error error = raised([&] { lua_.call(1, 0); });
  EXPECT_EQ(error.message, "boom");
  EXPECT_EQ(error.line, 2);
  EXPECT_EQ(error.traceback.substr(0, error.traceback.find("\nscripts/a.lua:4")),
            "scripts/a.lua:2 in inner\nscripts/a.lua:5 in function");
}

TEST(HostErrors, keep_their_fields_through_lua) {
  Error thrown(ErrorKind::kVerify, "message");
  thrown.sqlstate = "12345";
  thrown.detail = "detail";
  thrown.position = 7;
  thrown.done = {"rolled back"};
  thrown.next = {"tide up"};
  thrown.cause = std::make_shared<Error>(ErrorKind::kIo, "cause");
  EventStream events;
  events.add([&](const Event&) { throw Error(thrown); });
  LuaOptions options;
  options.events = &events;
  LuaState lua(std::move(options));
  for (const char* script : {"\nprint 'x'", "\nlocal _, e = pcall(print) error(e)", "\ncoroutine.wrap(print)()",
                             "\nlocal _, e = xpcall(print, function(e) return e end) error(e)"}) {
    lua.load("a.lua", script).push();
    const Error error = raised([&] { lua.call(0, 0); });
    EXPECT_EQ(error.kind, ErrorKind::kVerify);
    EXPECT_EQ(error.message, "message");
    EXPECT_EQ(error.file, "a.lua");
    EXPECT_EQ(error.line, 2);
    EXPECT_EQ(error.sqlstate + error.detail, "12345detail");
    EXPECT_EQ(error.position, 7);
    EXPECT_EQ(error.done, thrown.done);
    EXPECT_EQ(error.next, thrown.next);
    ASSERT_TRUE(error.cause);
    EXPECT_EQ(error.cause->kind, ErrorKind::kIo);
    EXPECT_EQ(error.cause->message, "cause");
  }
}

TEST(HostErrors, of_the_standard_library_keep_their_text) {
  EventStream events;
  events.add([](const Event&) { throw std::runtime_error("a vector was too long"); });
  LuaOptions options;
  options.events = &events;
  LuaState lua(std::move(options));
  lua.load("a.lua", "print 'x'").push();
  const Error error = raised([&] { lua.call(0, 0); });
  EXPECT_EQ(error.kind, ErrorKind::kInternal);
  EXPECT_EQ(error.message, "a vector was too long");
}

TEST(ScriptOutput, arrives_as_events) {
  std::vector<std::string> heard;
  EventStream events;
  events.add([&](const Event& event) {
    if (event.kind == Event::Kind::kLog) heard.push_back(event.level + ": " + event.text);
  });
  LuaOptions options;
  options.events = &events;
  LuaState lua(std::move(options));
  lua.load("a.lua", R"lua(
    print("a", 1, nil, true, numeric "1.10", null)
    print()
    print("nul\0byte")
    print(setmetatable({}, { __tostring = function() return "told" end }))
    log.debug "d" log.info("i", 2) log.warn("w", nil) log.error("e", numeric "9007199254740993")
    log.info()
    pcall(print, setmetatable({}, { __tostring = function() error "never" end }))
  )lua")
      .push();
  lua.call(0, 0);
  EXPECT_EQ(heard, (std::vector<std::string>{"print: a\t1\tnil\ttrue\t1.10\tnull",
                                             "print: ", std::string("print: nul\0byte", 15), "print: told", "debug: d",
                                             "info: i 2", "warn: w nil", "error: e 9007199254740993", "info: "}));
}

TEST(ScriptOutput, goes_nowhere_when_nobody_reads) {
  LuaState lua{LuaOptions{}};
  lua.load("a.lua", "print 'x' log.info 'y'").push();
  lua.call(0, 0);
  EXPECT_EQ(lua_gettop(lua.raw()), 0);
}

TEST_F(LuaStates, survive_recursion_without_end) {
  for (const char* script : {
           "local function f() return 1 + f() end f()",
           "local t = setmetatable({}, {}) getmetatable(t).__index = function(_, k) return t[k] .. 'x' end return t.x",
           "local function f() local ok, e = pcall(f) if not ok then error(e, 0) end return 1 + f() end f()",
           "local t = setmetatable({}, {}) getmetatable(t).__tostring = function() return 'x' .. tostring(t) end "
           "tostring(t)",
           "local function f() coroutine.wrap(f)() end f()",
           "local function f() assert(coroutine.resume(coroutine.create(f))) end f()",
           "json.decode(('['):rep(1e6))",
           "local t = {} for i = 1, 1e5 do t = { t } end json.encode(t)",
       }) {
    EXPECT_NE(error_of(script).message, "") << script;
    run("local t = {} for i = 1, 1000 do t[i] = tostring(i) end assert(#table.concat(t) == 2893)");
  }
  EXPECT_EQ(error_of("local function f() return 1 + f() end f()").message, "stack overflow");
  EXPECT_EQ(error_of("local function f() coroutine.wrap(f)() end f()").message,
            "coroutines resume each other more than 1000 deep");
}

TEST_F(LuaStates, have_coroutines_that_pass_values_and_errors) {
  run(R"lua(
    local co = coroutine.create(function(a, b) local c, d = coroutine.yield(a + b, nil) return c .. d, nil end)
    local function same(count, ...) assert(select("#", ...) == count) return ... end
    assert(select(2, same(3, coroutine.resume(co, 1, 2))) == 3)
    assert(select(2, same(3, coroutine.resume(co, "x", "y"))) == "xy")
    local ok, dead = coroutine.resume(co)
    assert(not ok and dead == "cannot resume dead coroutine")
    local raised = {}
    assert(select(2, pcall(coroutine.wrap(function() error(raised) end))) == raised)
    assert(not pcall(coroutine.resume, "no coroutine") and not pcall(coroutine.wrap, "no function"))
    for _ = 1, 2000 do pcall(coroutine.resume, 5) coroutine.wrap(function() end)() end
    local function nested(n) if n > 0 then return coroutine.wrap(nested)(n - 1) end return "bottom" end
    assert(nested(900) == "bottom")
  )lua");
}

TEST_F(LuaStates, survive_errors_in_error_handlers) {
  run("local ok, e = xpcall(function() error 'a' end, function() error 'b' end) assert(not ok and e ~= nil)");
  run("local ok, e = xpcall(function() local x x() end, function(m) return m.y.z end) assert(not ok and e ~= nil)");
  EXPECT_EQ(error_of("xpcall(error, function() end) error 'after'").message, "after");
}

TEST_F(LuaStates, collect_loads_and_cursors_that_were_let_go_of) {
  const std::shared_ptr<Connection> connection = open_connection("sqlite::memory:");
  connection->execute("CREATE TABLE t (id integer)");
  const LuaRef script = lua_.load(kName, R"lua(
    local db = ...
    db:execute "INSERT INTO t VALUES (1), (2), (3)"
    for _ = 1, 2000 do
      for _ in db:rows "SELECT id FROM t" do break end
      local loading = coroutine.wrap(function() db:copy_in("t", { "id" }, function() coroutine.yield() end) end)
      if _ % 1000 == 0 then loading() end
      loading = nil
      for _ = 1, 100 do local garbage = {} end
    end)lua");
  script.push();
  const ScopedSession session(lua_.raw(), connection);
  EXPECT_NO_FATAL_FAILURE(lua_.call(1, 0));
  EXPECT_EQ(connection->statements() > 2000, true);
}

TEST(ManyStates, come_and_go) {
  for (int i = 0; i < 50; ++i) {
    LuaState lua{LuaOptions{}};
    lua.load("a.lua", "local t = {} for i = 1, 100 do t[i] = numeric(i .. '.5') end return t").push();
    lua.call(0, 1);
    EXPECT_EQ(lua_objlen(lua.raw(), -1), 100U);
  }
}

TEST(ManyStates, live_side_by_side_and_share_nothing) {
  std::vector<std::unique_ptr<LuaState>> states;
  std::vector<LuaRef> counters;
  for (int i = 0; i < 6; ++i) {
    states.push_back(std::make_unique<LuaState>(LuaOptions{}));
    states.back()->load("a.lua", "local n = 0 return function() n = n + 1 return n end").push();
    states.back()->call(0, 1);
    counters.push_back(states.back()->take());
  }
  for (int round = 1; round <= 3; ++round) {
    for (std::size_t i = 0; i < states.size(); ++i) {
      counters[i].push();
      states[i]->call(0, 1);
      EXPECT_EQ(lua_tonumber(states[i]->raw(), -1), round);
      lua_pop(states[i]->raw(), 1);
    }
  }
  counters.clear();
}

TEST(ManyStates, more_than_can_be_interrupted_are_refused_cleanly) {
  std::vector<std::unique_ptr<LuaState>> states;
  const Error error = raised([&] {
    for (int i = 0; i < 65; ++i) states.push_back(std::make_unique<LuaState>(LuaOptions{}));
  });
  EXPECT_EQ(error.kind, ErrorKind::kInternal);
  states.pop_back();
  EXPECT_NO_THROW(LuaState{LuaOptions{}});
}

TEST(LuaRefs, move_and_let_go) {
  LuaState lua{LuaOptions{}};
  lua_State* L = lua.raw();
  lua_pushliteral(L, "first");
  LuaRef first = lua.take();
  lua_pushliteral(L, "second");
  LuaRef second = lua.take();
  EXPECT_TRUE(first && second);
  LuaRef moved(std::move(first));
  EXPECT_FALSE(static_cast<bool>(first));
  moved.push();
  EXPECT_STREQ(lua_tostring(L, -1), "first");
  second = std::move(moved);
  second.push();
  EXPECT_STREQ(lua_tostring(L, -1), "first");
  second = LuaRef();
  EXPECT_FALSE(static_cast<bool>(second));
  lua_settop(L, 0);
}

}  // namespace
}  // namespace tide::test
