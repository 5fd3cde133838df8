#include <gtest/gtest.h>
#include <unistd.h>

#include <lua.hpp>
#include <memory>
#include <string>
#include <vector>

#include "lua/session.h"
#include "lua/state.h"
#include "support/databases.h"

namespace tide::test {
namespace {

struct Escape {
  const char* what;
  const char* script;    // `db` is its argument; returns whether the escape worked
  const char* expected;  // what it comes to: "false", or a part of the error
};

void PrintTo(const Escape& escape, std::ostream* out) { *out << escape.what; }

class Sandbox : public testing::Test {
 protected:
  Sandbox() {
    LuaOptions options;
    options.project_dir = directory_.path();
    options.library_dir = directory_ / "lib";
    lua_ = std::make_unique<LuaState>(std::move(options));
  }

  // "true", "false", another result as text, or the error.
  std::string outcome(const std::string& script) {
    lua_State* L = lua_->raw();
    try {
      lua_->load("escape.lua", script).push();
      const ScopedSession session(L, connection_);
      lua_->call(1, 1);
      if (lua_isboolean(L, -1)) return lua_toboolean(L, -1) != 0 ? "true" : "false";
      return lua_isstring(L, -1) != 0 ? lua_tostring(L, -1) : luaL_typename(L, -1);
    } catch (const Error& error) {
      return error.message;
    }
  }

  TempDir directory_;
  std::shared_ptr<Connection> connection_ = open_connection("sqlite::memory:");
  std::unique_ptr<LuaState> lua_;
};

class Escapes : public Sandbox, public testing::WithParamInterface<Escape> {};

TEST_P(Escapes, fail) {
  const std::string found = outcome(GetParam().script);
  EXPECT_NE(found, "true");
  EXPECT_NE(found.find(GetParam().expected), std::string::npos) << found;
}

constexpr Escape kGlobals[] = {
    {"getfenv", "return getfenv(0) ~= nil", "undefined global 'getfenv'"},
    {"setfenv", "setfenv(1, {})", "undefined global 'setfenv'"},
    {"debug", "return debug.getregistry() ~= nil", "undefined global 'debug'"},
    {"package", "return package.loaded.os ~= nil", "undefined global 'package'"},
    {"module", "module 'x'", "undefined global 'module'"},
    {"dofile", "dofile '/etc/passwd'", "undefined global 'dofile'"},
    {"loadfile", "loadfile '/etc/passwd'", "undefined global 'loadfile'"},
    {"load", "return load 'return 1' ~= nil", "undefined global 'load'"},
    {"loadstring", "return loadstring('\\27LJ\\2') ~= nil", "undefined global 'loadstring'"},
    {"jit", "jit.on()", "undefined global 'jit'"},
    {"ffi", "return ffi.C ~= nil", "undefined global 'ffi'"},
    {"io", "return io.open '/etc/passwd' ~= nil", "undefined global 'io'"},
    {"os", "os.execute 'true'", "undefined global 'os'"},
    {"newproxy", "return newproxy(true) ~= nil", "undefined global 'newproxy'"},
    {"collectgarbage", "collectgarbage 'stop'", "undefined global 'collectgarbage'"},
    {"gcinfo", "return gcinfo() > 0", "undefined global 'gcinfo'"},
    {"globals", "return _G ~= nil", "undefined global '_G'"},
    {"lua_5_2_environment", "return _ENV ~= nil", "undefined global '_ENV'"},
    {"native", "return native ~= nil", "undefined global 'native'"},
    {"arguments_of_the_chunk", "local _, second = ... return second ~= nil", "false"},
    {"string_dump", "return string.dump ~= nil", "false"},
    {"string_dump_as_a_method", "return (\"\").dump ~= nil", "false"},
    {"string_buffers", "return require 'string.buffer' ~= nil", "not found"},
    {"require_ffi", "return require 'ffi' ~= nil", "not found"},
    {"require_jit_util", "return require 'jit.util' ~= nil", "not found"},
    {"require_io", "return require 'io' ~= nil", "not found"},
    {"require_the_host", "return require 'host.prelude' ~= nil", "not found"},
    {"require_the_host_as_stdlib", "return require 'tide.host.prelude' ~= nil", "not found"},
    {"require_out_of_the_stdlib", "return require 'tide/../host/prelude' ~= nil", "require takes"},
    {"require_with_dots", "return require 'tide...host.prelude' ~= nil", "require takes"},
    {"require_an_absolute_path", "return require '/etc/passwd' ~= nil", "require takes"},
};

constexpr Escape kMetatables[] = {
    {"of_strings", "return getmetatable '' ~= false", "false"},
    {"of_numbers", "return getmetatable(1) ~= false", "false"},
    {"of_db", "local db = ... return getmetatable(db) ~= false", "false"},
    {"of_null", "return getmetatable(null) ~= false", "false"},
    {"of_bytes", "return getmetatable(bytes 'x') ~= false", "false"},
    {"of_numeric", "return type(getmetatable(numeric '1.5')) == 'table'", "false"},
    {"of_int64", "return type(getmetatable(1LL)) == 'table'", "false"},
    {"of_functions", "return getmetatable(print) ~= nil", "false"},
    {"of_coroutines", "return getmetatable(coroutine.create(print)) ~= nil", "false"},
    {"of_nil_and_booleans", "return getmetatable(nil) ~= nil or getmetatable(true) ~= nil", "false"},
    {"of_errors", "local _, e = pcall(numeric, 'x') return getmetatable(e) ~= false", "false"},
    {"of_irreversible", "return getmetatable(irreversible 'why') ~= false", "false"},
    {"replaced_of_an_error", "local _, e = pcall(numeric, 'x') setmetatable(e, {})", "protected metatable"},
    {"replaced_of_irreversible", "setmetatable(irreversible 'why', {})", "protected metatable"},
    {"replaced_of_a_string", "setmetatable('', {})", "table expected"},
    {"replaced_of_db", "local db = ... setmetatable(db, {})", "table expected"},
    {"replaced_of_numeric", "setmetatable(numeric '1.5', {})", "table expected"},
    {"methods_of_strings_set", "(\"\").upper = print", "attempt to index"},
    {"methods_of_db_set", "local db = ... db.execute = print", "attempt to index"},
    {"rawset_of_db", "local db = ... rawset(db, 'x', 1)", "table expected"},
    {"rawget_of_db", "local db = ... return rawget(db, 'x')", "table expected"},
    {"next_of_db", "local db = ... return next(db) ~= nil", "table expected"},
    {"gc_of_a_table", "setmetatable({}, { __gc = error }) return false", "false"},
};

constexpr Escape kNumericObject[] = {
    {"field_written", "numeric('1.5').unused = 1", "has no member"},
    {"field_read", "return numeric('1.5').unused ~= nil", "attempt to index a number"},
    {"index_read", "return numeric('1.5')[0] ~= nil", "attempt to index a number"},
    {"index_written", "numeric('1.5')[0] = 1", "cannot be indexed"},
    {"called", "numeric('1.5')()", "not callable"},
    {"length", "return #numeric('1.5') ~= nil", "get length"},
    {"pairs", "for _ in pairs(numeric '1.5') do return true end", "__pairs"},
    {"rawset", "rawset(numeric '1.5', 1, 1)", "table expected"},
    {"rawget", "return rawget(numeric '1.5', 1)", "table expected"},
    {"pointer_arithmetic_by_int64", "return numeric('1.5') + 8LL ~= nil", "expected an exact number, got cdata"},
    {"an_int64_written", "local x = 5LL x[0] = 1", "cannot be indexed"},
    {"an_int64_read", "local x = 5LL return x[0] ~= nil", "cannot be indexed"},
    {"a_complex_written", "local x = 5i x.re = 1", "constant location"},
    {"an_int64_as_a_parameter", "local db = ... db:value('SELECT $1', 5LL)", "parameter $1 is a cdata"},
    {"an_int64_in_json", "return json.encode(5LL) ~= nil", "is a cdata"},
    {"an_int64_called", "local x = 5LL x()", "not callable"},
};

constexpr Escape kDetours[] = {
    {"a_global_written", "x = 1", "assignment to the global 'x'"},
    {"a_known_global_written", "print = nil", "assignment to the global 'print'"},
    {"a_global_by_a_nested_function", "return (function() return (function() return os end)() end)() ~= nil",
     "undefined global 'os'"},
    {"a_global_in_a_coroutine", "return coroutine.wrap(function() return io end)() ~= nil", "undefined global 'io'"},
    {"a_global_in_an_error_handler", "xpcall(error, function() return debug.traceback() end)",
     "undefined global 'debug'"},
    {"levels_of_error", "local function f() error('x', 50) end local _, e = pcall(f) return type(e) ~= 'string'",
     "false"},
    {"the_error_of_a_coroutine",
     "local co = coroutine.create(function() numeric 'x' end) local _, e = coroutine.resume(co) return getmetatable(e) "
     "~= false",
     "false"},
    {"db_methods_on_other_values", "local db = ... return pcall(db.close, bytes(('x'):rep(64)))", "false"},
    {"db_methods_on_errors", "local db = ... local _, e = pcall(numeric, 'x') return pcall(db.execute, e, 'SELECT 1')",
     "false"},
    {"order_of_json_a_number", "return json.encode(setmetatable({ a = 1 }, { __order = 12 }))", "{\"a\":1}"},
    {"order_of_json_a_string", "return json.encode(setmetatable({ a = 1 }, { __order = 'abc' }))", "{\"a\":1}"},
    {"a_cause_without_end",
     "local db = ... local _, e = pcall(db.execute, db, 'bad') e.cause = e e.message = 'deep' error(e)", "deep"},
    {"a_module_s_own_globals", "local e = require 'tide.expect' return e.native ~= nil", "false"},
    {"string_methods_through_gsub", "return (('x'):gsub('x', { x = false })) == 'x' and ('').dump ~= nil", "false"},
};

std::string name_of(const testing::TestParamInfo<Escape>& info) { return info.param.what; }
INSTANTIATE_TEST_SUITE_P(by_globals, Escapes, testing::ValuesIn(kGlobals), name_of);
INSTANTIATE_TEST_SUITE_P(by_metatables, Escapes, testing::ValuesIn(kMetatables), name_of);
INSTANTIATE_TEST_SUITE_P(by_the_object_behind_numeric, Escapes, testing::ValuesIn(kNumericObject), name_of);
INSTANTIATE_TEST_SUITE_P(by_detours, Escapes, testing::ValuesIn(kDetours), name_of);

TEST_F(Sandbox, a_script_s_changes_to_a_library_are_its_own) {
  const std::string change =
      "for _, library in ipairs { string, table, math, bit, coroutine, json, log } do\n"
      "  for name in pairs(library) do library[name] = nil end\n"
      "  rawset(library, 'mine', 1)\n"
      "end\n"
      "return string.format == nil and table.mine == 1";
  EXPECT_EQ(outcome(change), "true");
  EXPECT_EQ(outcome("return string.mine == nil and table.concat { 'a', 'b' } == 'ab' and math.floor(1.5) == 1 and "
                    "bit.band(3, 1) == 1 and coroutine.mine == nil and json.encode {} == '{}' and log.mine == nil"),
            "true");
}

TEST_F(Sandbox, a_script_s_changes_to_a_library_do_not_reach_the_host) {
  const std::string script =
      "local db = ...\n"
      "table.concat = function() return 'evil' end\n"
      "string.format = function() return 'evil' end\n"
      "math.random = nil\n"
      "return db:row('SELECT 1 AS a, 2 AS b').b == 2 and ('%d'):format(5) == '5'";
  EXPECT_EQ(outcome(script), "true");
}

TEST_F(Sandbox, a_module_is_loaded_once_a_script) {
  directory_.write("lib/counter.lua", "return { count = 0 }");
  const std::string script = "local c = require 'counter' c.count = c.count + 1 return require('counter').count";
  EXPECT_EQ(outcome(script), "1");
  EXPECT_EQ(outcome(script), "1");
}

TEST_F(Sandbox, the_stdlib_s_modules_are_a_script_s_own) {
  EXPECT_EQ(outcome("local e = require 'tide.expect' e.that = nil return e.that == nil"), "true");
  EXPECT_EQ(outcome("return require('tide.expect').that ~= nil"), "true");
}

TEST_F(Sandbox, bytecode_is_refused_as_a_script_and_as_a_module) {
  lua_State* L = luaL_newstate();
  luaL_openlibs(L);
  ASSERT_EQ(luaL_dostring(L, "return string.dump(function() return os end)"), 0);
  std::size_t size = 0;
  const char* code = lua_tolstring(L, -1, &size);
  const std::string bytecode(code, size);
  lua_close(L);
  directory_.write("lib/compiled.lua", bytecode);
  const Error error = raised([&] { lua_->load("compiled.lua", bytecode); });
  EXPECT_EQ(error.kind, ErrorKind::kConfig);
  EXPECT_EQ(error.file, "compiled.lua");
  EXPECT_NE(outcome("return require 'compiled' ~= nil").find("wrong mode"), std::string::npos);
}

TEST_F(Sandbox, a_link_does_not_lead_out_of_the_project) {
  const TempDir elsewhere;
  elsewhere.write("secret.sql", "SELECT 1");
  ASSERT_EQ(::symlink((elsewhere / "secret.sql").c_str(), (directory_ / "link.sql").c_str()), 0);
  ASSERT_EQ(::symlink(elsewhere.path().c_str(), (directory_ / "folder").c_str()), 0);
  ASSERT_EQ(::symlink((elsewhere / "made.csv").c_str(), (directory_ / "out.csv.partial").c_str()), 0);
  for (const char* path : {"link.sql", "folder/secret.sql", "folder/../secret.sql"}) {
    EXPECT_NE(outcome(std::string("local db = ... return db:file '") + path + "'").find("outside the project"),
              std::string::npos)
        << path;
  }
  EXPECT_NE(outcome("local db = ... return db:copy_out('SELECT 1', 'folder/x.csv')").find("outside the project"),
            std::string::npos);
  EXPECT_EQ(outcome("local db = ... return db:copy_out('SELECT 1 AS a', 'out.csv')"), "1");
  EXPECT_EQ(directory_.read("out.csv"), "a\n1\n");
  EXPECT_NE(::access((elsewhere / "made.csv").c_str(), F_OK), 0);
}

struct Bomb {
  const char* what;
  const char* script;
};
constexpr Bomb kBombs[] = {
    {"string_rep", "return #('x'):rep(1e9)"},
    {"string_rep_twice", "return #(('x'):rep(1e6)):rep(1000)"},
    {"concatenation", "local s = 'x' while true do s = s .. s end"},
    {"table_concat", "local t = {} for i = 1, 1000 do t[i] = ('x'):rep(1e5) end return #table.concat(t)"},
    {"a_growing_table", "local t = {} while true do t[#t + 1] = {} end"},
    {"gsub", "return #(('x'):rep(1e5):gsub('x', ('y'):rep(1e4)))"},
    {"format", "return #('%s%s%s'):rep(1e6):format(1)"},
    {"coroutines", "local t = {} while true do t[#t + 1] = coroutine.create(print) end"},
    {"closures", "local t = {} while true do t[#t + 1] = function() return t end end"},
    {"numerics", "local t = {} for i = 1, 1e7 do t[i] = numeric(i .. '.5') end"},
    {"bytes", "local t = {} for i = 1, 1e5 do t[i] = bytes(('x'):rep(1e5) .. i) end"},
    {"json", "local t = json.decode('[' .. ('[],'):rep(1e6) .. '1]') return #t"},
    {"unpack", "return select('#', unpack({}, 1, 1e7))"},
    {"recursion", "local function f(...) return f(1, ...) end return f()"},
    {"error_objects", "local t = {} while true do t[#t + 1] = select(2, pcall(numeric, 'x')) end"},
};

class Bombs : public testing::TestWithParam<Bomb> {};

// Loads and runs a script; "" or the error's text.
std::string fate(LuaState& lua, const std::string& script) {
  try {
    lua.load("bomb.lua", script).push();
    lua.call(0, 0);
    return "";
  } catch (const Error& error) {
    return error.message;
  }
}

TEST_P(Bombs, end_in_an_error_and_leave_the_state_usable) {
  LuaOptions options;
  options.memory_limit = 32 << 20;
  LuaState lua(std::move(options));
  for (int i = 0; i < 2; ++i) {
    const std::string error = fate(lua, GetParam().script);
    EXPECT_FALSE(error.empty());
    EXPECT_TRUE(error.find("not enough memory") != std::string::npos || error.find("stack") != std::string::npos ||
                error.find("too many results") != std::string::npos || error.find("bad argument") != std::string::npos)
        << error;
    EXPECT_EQ(fate(lua, "local t = {} for i = 1, 10000 do t[i] = { i } end"), "");
  }
}
INSTANTIATE_TEST_SUITE_P(all, Bombs, testing::ValuesIn(kBombs), [](const auto& bomb) { return bomb.param.what; });

TEST(CaughtBombs, that_a_script_catches_leave_the_host_unharmed) {
  LuaOptions options;
  options.memory_limit = 16 << 20;
  LuaState lua(std::move(options));
  const LuaRef held = lua.load("holds.lua", "local t = {} while pcall(function() t[#t + 1] = {} end) do end error {}");
  for (int i = 0; i < 3; ++i) {
    held.push();
    EXPECT_EQ(raised([&] { lua.call(0, 0); }).kind, ErrorKind::kLua);
  }
  EXPECT_EQ(fate(lua, "local t = {} for i = 1, 10000 do t[i] = { i } end"), "");
}

TEST(MemoryLimit, lets_garbage_be_collected_in_time) {
  LuaOptions options;
  options.memory_limit = 32 << 20;
  LuaState lua(std::move(options));
  EXPECT_EQ(fate(lua, "for i = 1, 2000 do local b = bytes(('x'):rep(1e5) .. i) end"), "");
  EXPECT_EQ(fate(lua, "for i = 1, 100000 do local n = numeric(i .. '.5') end"), "");
}

TEST(MemoryLimit, may_be_too_small_to_begin_with) {
  for (const std::size_t limit : {1U, 1000U, 100'000U, 400'000U}) {
    try {
      LuaOptions options;
      options.memory_limit = limit;
      LuaState lua(std::move(options));
      fate(lua, "return 1");
    } catch (const Error& error) {
      EXPECT_NE(error.message.find("not enough memory"), std::string::npos) << limit << ": " << error.message;
    }
  }
}

}  // namespace
}  // namespace tide::test
