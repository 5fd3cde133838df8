#include <gtest/gtest.h>

#include <lua.hpp>
#include <memory>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "base/text.h"
#include "lua/migration_script.h"
#include "lua/session.h"
#include "lua/state.h"
#include "lua/stdlib.h"
#include "support/databases.h"
#include "sys/files.h"

// stdlib/meta is the reference of what scripts see: everything there is stands in it, and nothing else.
namespace tide::test {
namespace {

using Names = std::set<std::string>;

std::vector<std::string> lines_of_stubs() {
  const std::string directory = std::string(TIDE_SOURCE_DIR) + "/stdlib/meta";
  std::vector<std::string> lines;
  for (const auto& entry : list_directory(directory)) {
    for (auto& line : split(read_file(directory + "/" + entry.name), '\n')) lines.push_back(std::move(line));
  }
  return lines;
}

// "execute" of `function db:execute(`, of `json = {}`, and "db.engine" of the class's fields
Names stubs() {
  static const std::regex kFunction(R"(^function ([\w.:]+)\()"), kValue(R"(^(\w+) = )"),
      kClass(R"(^---@class ([\w.]+))"), kField(R"(^---@field (\w+)\?? )");
  Names names;
  std::string of_class;
  std::smatch found;
  for (const auto& line : lines_of_stubs()) {
    if (std::regex_search(line, found, kFunction) || std::regex_search(line, found, kValue)) names.insert(found[1]);
    if (std::regex_search(line, found, kClass)) of_class = found[1];
    if (std::regex_search(line, found, kField))
      names.insert((of_class == "tide.Db" ? "db" : of_class) + "." + found[1].str());
  }
  return names;
}

// Names of Lua itself, which editors know.
Names names_of_lua() {
  Names names;
  lua_State* L = luaL_newstate();
  luaL_openlibs(L);
  for (lua_pushnil(L); lua_next(L, LUA_GLOBALSINDEX) != 0; lua_pop(L, 1)) {
    const std::string name = lua_tostring(L, -2);
    names.insert(name);
    if (!lua_istable(L, -1) || name == "_G") continue;
    for (lua_pushnil(L); lua_next(L, -2) != 0; lua_pop(L, 1)) {
      if (lua_type(L, -2) == LUA_TSTRING) names.insert(name + "." + lua_tostring(L, -2));
    }
  }
  lua_close(L);
  return names;
}

class Stubs : public testing::Test {
 protected:
  Names names_at_top() {
    lua_State* L = lua_.raw();
    Names names;
    for (std::size_t i = 1; i <= lua_objlen(L, -1); ++i) {
      lua_rawgeti(L, -1, static_cast<int>(i));
      names.insert(lua_tostring(L, -1));
      lua_pop(L, 1);
    }
    lua_pop(L, 1);
    return names;
  }
  Names visible() {
    lua_.call_prelude("visible_names", 0, 1);
    return names_at_top();
  }
  // Runs a script with a `db` that has a table t; it returns a list of names.
  Names names_by(const std::string& script) {
    const std::shared_ptr<Connection> connection = open_connection("sqlite::memory:");
    connection->execute("CREATE TABLE t (id integer REFERENCES t)");
    connection->execute("CREATE INDEX i ON t (id)");
    lua_.load("names.lua", "local db = ... local expect = require 'tide.expect'\n" + script).push();
    const ScopedSession session(lua_.raw(), connection);
    lua_.call(1, 1);
    return names_at_top();
  }

  LuaState lua_{LuaOptions{}};
};

TEST_F(Stubs, describe_all_that_a_script_sees) {
  const Names described = stubs(), lua = names_of_lua();
  for (const auto& name : visible()) EXPECT_TRUE(described.count(name) + lua.count(name) > 0) << name;
}

TEST_F(Stubs, describe_nothing_else) {
  const Names seen = visible();
  Names libraries = {"db"};
  for (const auto& name : seen) {
    if (const auto dot = name.find('.'); dot != std::string::npos) libraries.insert(name.substr(0, dot));
  }
  for (const auto& name : stubs()) {
    const std::string owner = name.substr(0, name.find_first_of(".:"));
    if (libraries.count(owner) + (owner == name ? 1 : 0) == 0) continue;
    EXPECT_TRUE(seen.count(name) + libraries.count(name) > 0) << name;
  }
}

// Everything callable of the stdlib's modules and of the objects they return.
TEST_F(Stubs, and_the_stdlib_have_the_same_functions) {
  Names there = names_by(R"(
    local names = {}
    local function add(members, prefix)
      for name, value in pairs(members) do
        if type(value) == "function" then names[#names + 1] = prefix .. name end
      end
    end
    add(expect, "expect.")
    add(getmetatable(expect.table(db, "t")).__index, "TableCheck:")
    add(getmetatable(expect.column(db, "t", "id")).__index, "ColumnCheck:")
    add(getmetatable(expect.index(db, "i")).__index, "IndexCheck:")
    add(getmetatable(expect.foreign_key(db, "t", "id")).__index, "ForeignKeyCheck:")
    add(require("tide.expect.objects").PolicyCheck, "PolicyCheck:")
    local facts = require "tide.facts"
    add(facts, "facts.")
    add(getmetatable(expect.value(db, "SELECT 1")).__index, "ValueCheck:")
    add(getmetatable(expect.rows(db, "SELECT 1")).__index, "RowsCheck:")
    return names)");
  Names described;
  for (const auto& name : stubs()) {
    if (std::regex_search(name, std::regex("^(expect\\.|facts\\.|\\w+Check:)"))) described.insert(name);
  }
  EXPECT_EQ(described, there);
}

TEST_F(Stubs, exist_for_every_module_of_the_stdlib) {
  for (const auto& path : stdlib_paths()) {
    // what lies deeper belongs to the module of that name
    if (!starts_with(path, "tide/") || path.find('/', 5) != std::string::npos) continue;
    EXPECT_TRUE(is_file(cat(TIDE_SOURCE_DIR, "/stdlib/meta/", base_name(path)))) << path;
  }
}

TEST_F(Stubs, of_numbers_name_methods_of_numbers) {
  for (const auto& name : stubs()) {
    if (!starts_with(name, "Numeric:")) continue;
    const std::string method = name.substr(name.find(':') + 1);
    EXPECT_EQ(names_by("return { type((5)." + method + ") }"), Names{"function"}) << name;
    EXPECT_EQ(names_by("return { type(numeric('5.5')." + method + ") }"), Names{"function"}) << name;
  }
}

TEST_F(Stubs, of_a_migration_name_the_fields_that_are_allowed) {
  const Error error = raised([&] { MigrationScript(lua_, "m.lua", "return { up = function() end, colour = 1 }"); });
  const std::string allowed = error.message.substr(error.message.find("allowed: ") + 9);
  Names fields, described;
  for (const auto& field : split(allowed, ',')) fields.insert(std::string(trim(field)));
  for (const auto& name : stubs()) {
    if (starts_with(name, "tide.Migration.")) described.insert(name.substr(15));
  }
  EXPECT_EQ(described, fields);
}

TEST_F(Stubs, of_an_error_name_its_fields) {
  Error error(ErrorKind::kSql, "message");
  for (std::string Error::*field :
       {&Error::sqlstate, &Error::detail, &Error::hint, &Error::constraint, &Error::table, &Error::column,
        &Error::context, &Error::statement, &Error::file, &Error::step, &Error::traceback}) {
    error.*field = "x";
  }
  error.position = error.line = error.file_column = 1;
  error.cause = std::make_shared<Error>(error);
  EventStream events;
  events.add([&](const Event&) { throw Error(error); });
  LuaOptions options;
  options.events = &events;
  LuaState lua(std::move(options));
  lua.load("fields.lua",
           "local names = {} local _, e = pcall(print) for n in pairs(e) do names[#names + 1] = n end return names")
      .push();
  lua.call(0, 1);
  Names fields, described;
  for (std::size_t i = 1; i <= lua_objlen(lua.raw(), -1); ++i) {
    lua_rawgeti(lua.raw(), -1, static_cast<int>(i));
    fields.insert(lua_tostring(lua.raw(), -1));
    lua_pop(lua.raw(), 1);
  }
  for (const auto& name : stubs()) {
    if (starts_with(name, "tide.Error.")) described.insert(name.substr(11));
  }
  EXPECT_EQ(described, fields);
}

}  // namespace
}  // namespace tide::test
