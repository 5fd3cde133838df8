#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "lua/migration_script.h"
#include "support/databases.h"

namespace tide::test {
namespace {

constexpr const char* kName = "migrations/20250101000000_make.lua";

class MigrationScripts : public testing::Test {
 protected:
  MigrationScript load(const std::string& text) { return MigrationScript(lua_, kName, text); }

  LuaState lua_{LuaOptions{}};
};

TEST_F(MigrationScripts, give_the_host_their_fields) {
  const MigrationScript script = load(R"lua(return {
    description = "Users", transaction = false, lock_timeout = "3s", statement_timeout = "1min", additive_only = true,
    max_blocked = 3, max_blocked_time = "2m", repeatable = true, requires = { backup = "30m" }, tags = { "slow", "night" },
    up = function(db) end, down = function(db) end, verify = function(db) end,
  })lua");
  EXPECT_EQ(script.description, "Users");
  EXPECT_FALSE(script.transaction);
  EXPECT_EQ(script.lock_timeout, "3s");
  EXPECT_EQ(script.statement_timeout, "1min");
  EXPECT_EQ(script.max_blocked, 3);
  EXPECT_EQ(script.max_blocked_ms, 120000);
  EXPECT_TRUE(script.repeatable);
  EXPECT_TRUE(script.additive_only);
  EXPECT_EQ(script.requires_backup, "30m");
  EXPECT_EQ(script.irreversible, "");
  EXPECT_TRUE(script.has_down());
  EXPECT_TRUE(script.has_verify());
}

TEST_F(MigrationScripts, silence_rules_of_lint) {
  const MigrationScript script = load(
      "return { up = function() end,\n  lint = {\n    truncate = 'a copy',\n"
      "    ['drop-column'] = 'not read' } }");
  ASSERT_EQ(script.lint.size(), 2u);
  EXPECT_EQ(script.lint[0].rule, "drop-column");
  EXPECT_EQ(script.lint[0].reason, "not read");
  EXPECT_EQ(script.lint[0].line, 4);
  EXPECT_EQ(script.lint[1].rule, "truncate");
}

TEST_F(MigrationScripts, need_no_more_than_up) {
  const MigrationScript script = load("return { up = function() end }");
  EXPECT_TRUE(script.transaction);
  EXPECT_FALSE(script.additive_only);
  EXPECT_FALSE(script.repeatable);
  EXPECT_FALSE(script.max_blocked);
  EXPECT_FALSE(script.max_blocked_ms);
  EXPECT_FALSE(script.has_down());
  EXPECT_FALSE(script.has_verify());
  EXPECT_EQ(script.description + script.lock_timeout + script.statement_timeout + script.requires_backup, "");
}

TEST_F(MigrationScripts, may_be_irreversible_with_a_reason) {
  const MigrationScript script = load("return { up = function() end, down = irreversible 'the hashes are gone' }");
  EXPECT_EQ(script.irreversible, "the hashes are gone");
  EXPECT_FALSE(script.has_down());
}

TEST_F(MigrationScripts, run_each_direction_with_a_session) {
  const std::shared_ptr<Connection> connection = open_connection("sqlite::memory:");
  const MigrationScript script = load(R"lua(return {
    up = function(db) db:execute "CREATE TABLE t (id integer)" end,
    verify = function(db) require("tide.expect").count(db, "t"):equals(0) end,
    down = function(db) db:execute "DROP TABLE t" end,
})lua");
  script.up(connection);
  script.verify(connection);
  script.down(connection);
  EXPECT_EQ(raised([&] { script.verify(connection); }).kind, ErrorKind::kSql);
}

TEST_F(MigrationScripts, cannot_use_a_session_after_its_direction_has_ended) {
  const std::shared_ptr<Connection> connection = open_connection("sqlite::memory:");
  const MigrationScript script = load(R"lua(
    local kept, rows
    return {
      up = function(db) kept = db; rows = db:rows "SELECT 1 AS a UNION SELECT 2 UNION SELECT 3"; rows() end,
      verify = function() kept:execute "SELECT 1" end,
      down = function() rows() end,
    })lua");
  script.up(connection);
  EXPECT_EQ(raised([&] { script.verify(connection); }).message, "this connection is closed");
  EXPECT_EQ(raised([&] { script.down(connection); }).message, "this connection is closed");
}

TEST_F(MigrationScripts, leave_no_load_open_on_the_connection) {
  const std::shared_ptr<Connection> connection = open_connection("sqlite::memory:");
  connection->execute("CREATE TABLE t (id integer)");
  const MigrationScript script = load(R"lua(
    local waiting
    return { up = function(db)
      waiting = coroutine.wrap(function() db:copy_in("t", { "id" }, function() coroutine.yield() return { 1 } end) end)
      waiting()
    end, verify = function() waiting() end })lua");
  script.up(connection);
  EXPECT_EQ(query_value(*connection, "SELECT count(*) FROM t"), Value(0));
  EXPECT_EQ(raised([&] { script.verify(connection); }).message, "this connection is closed");
}

TEST_F(MigrationScripts, say_where_they_fail_even_in_a_tail_call) {
  const std::shared_ptr<Connection> connection = open_connection("sqlite::memory:");
  const MigrationScript script = load("return {\n  up = function(db)\n    return db:execute 'bad'\n  end,\n}");
  const Error error = raised([&] { script.up(connection); });
  EXPECT_EQ(error.kind, ErrorKind::kSql);
  EXPECT_EQ(error.file, kName);
  EXPECT_EQ(error.line, 2);  // the function's: the call has replaced its line
}

struct Wrong {
  const char* what;
  const char* text;
  const char* message;
  int line;
};
void PrintTo(const Wrong& wrong, std::ostream* out) { *out << wrong.what; }

constexpr Wrong kWrong[] = {
    {"nothing", "local x = 1", "a migration returns a table with `up` and `down`, this file returns nothing", 0},
    {"empty", "", "a migration returns a table with `up` and `down`, this file returns nothing", 0},
    {"only_comments", "-- todo\n", "a migration returns a table with `up` and `down`, this file returns nothing", 0},
    {"a_function", "return function() end",
     "a migration returns a table with `up` and `down`, this file returns a function", 0},
    {"a_string", "return 'up'", "a migration returns a table with `up` and `down`, this file returns a string", 0},
    {"null", "return null", "this file returns a userdata", 0},
    {"no_up", "return { down = function() end }", "the migration has no `up`: up = function(db) ... end", 0},
    {"no_up_at_all", "return {}", "the migration has no `up`", 0},
    {"up_not_a_function", "return {\n  up = 'CREATE TABLE t (id int)',\n}", "`up` is a function, not a string", 2},
    {"down_not_a_function", "return {\n  up = function() end,\n  down = false,\n}",
     "`down` is a function, or irreversible \"why\"", 3},
    {"down_a_table", "return { up = function() end,\n down = { reason = 'x' } }",
     "`down` is a function, or irreversible", 2},
    {"verify_not_a_function", "return { up = function() end, verify = true }", "`verify` is a function, not a boolean",
     1},
    {"misspelled", "return {\n  up = function() end,\n\n  dwon = function() end,\n}",
     "unknown field 'dwon' (did you mean 'down'?)", 4},
    {"misspelled_later", "local m = { up = function() end }\nfunction m.verfy(db) end\nreturn m",
     "unknown field 'verfy' (did you mean 'verify'?)", 2},
    {"misspelled_by_assignment", "local m = { up = function() end }\nm.desciption = 'x'\nreturn m",
     "unknown field 'desciption' (did you mean 'description'?)", 2},
    {"misspelled_in_brackets", "return { up = function() end,\n  [\"dwon\"] = function() end }",
     "unknown field 'dwon' (did you mean 'down'?)", 2},
    {"compared_before_it_is_set",
     "local dwon = 1\nif dwon == 2 then dwon = 3 end\nreturn { up = function() end,\n  dwon = dwon }",
     "unknown field 'dwon'", 4},
    {"unknown", "return { up = function() end, colour = 1 }",
     "unknown field 'colour'; allowed: additive_only, description, down, lint, lock_timeout, max_blocked, "
     "max_blocked_time, repeatable, requires, statement_timeout, tags, transaction, up, verify",
     1},
    {"odd_name", "return { up = function() end,\n  ['a%b-c'] = 1 }", "unknown field 'a%b-c'", 2},
    {"a_list", "return { function() end }", "unknown field '1'", 0},
    {"transaction_not_a_flag", "return { up = function() end,\n  transaction = 'false' }",
     "`transaction` is a boolean, not a string", 2},
    {"max_blocked_a_fraction", "return { up = function() end,\n  max_blocked = 1.5 }",
     "`max_blocked` is a whole number, 0 or more", 2},
    {"max_blocked_below_zero", "return { up = function() end, max_blocked = -1 }",
     "`max_blocked` is a whole number, 0 or more", 1},
    {"max_blocked_time_without_unit", "return { up = function() end,\n  max_blocked_time = '5' }",
     "`max_blocked_time` is a number with its unit", 2},
    {"max_blocked_time_in_microseconds", "return { up = function() end,\n  max_blocked_time = '5us' }",
     "`max_blocked_time` is not counted in us", 2},
    {"repeatable_a_text", "return { up = function() end,\n  repeatable = 'yes' }",
     "`repeatable` is a boolean, not a string", 2},
    {"lock_timeout_a_number", "return { up = function() end,\n  lock_timeout = 3 }",
     "`lock_timeout` is a string, not a number", 2},
    {"statement_timeout_a_number", "return { up = function() end,\n  statement_timeout = 3 }",
     "`statement_timeout` is a string, not a number", 2},
    {"additive_only_a_string", "return { up = function() end, additive_only = 'yes' }",
     "`additive_only` is a boolean, not a string", 1},
    {"description_a_number", "return { up = function() end, description = 5 }",
     "`description` is a string, not a number", 1},
    {"description_a_numeric", "return { up = function() end, description = numeric '1.5' }",
     "`description` is a string, not a ", 1},
    {"requires_a_string", "return { up = function() end, requires = 'backup' }", "`requires` is a table, not a string",
     1},
    {"requires_something_else", "return { up = function() end,\n  requires = { dump = '30m' } }",
     "`requires` takes backup = \"30m\" (the oldest backup that counts)", 2},
    {"requires_a_list", "return { up = function() end, requires = { 'backup' } }", "`requires` takes backup", 1},
    {"requires_a_number", "return { up = function() end, requires = { backup = 30 } }", "`requires` takes backup", 1},
    {"lint_a_string", "return { up = function() end, lint = 'drop-column' }", "`lint` is a table, not a string", 1},
    {"lint_a_list", "return { up = function() end,\n  lint = { 'drop-column' } }", "`lint` names rules and why", 2},
    {"lint_an_unknown_rule", "return { up = function() end,\n  lint = {\n    ['drop-colum'] = 'why' } }",
     "there is no lint rule 'drop-colum' (did you mean 'drop-column'?)", 3},
    {"lint_without_reason", "return { up = function() end,\n  lint = { truncate = '' } }",
     "the silence of 'truncate' has no reason", 2},
    {"tags_a_string", "return { up = function() end, tags = 'slow' }", "`tags` is a table, not a string", 1},
    {"tags_with_names", "return { up = function() end,\n  tags = { slow = true } }", "`tags` is a list of strings", 2},
    {"tags_of_numbers", "return { up = function() end, tags = { 1 } }", "`tags` is a list of strings", 1},
};

class WrongMigrations : public MigrationScripts, public testing::WithParamInterface<Wrong> {};

TEST_P(WrongMigrations, are_refused_with_file_and_line) {
  const Error error = raised([&] { load(GetParam().text); });
  EXPECT_EQ(error.kind, ErrorKind::kConfig);
  EXPECT_EQ(error.file, kName);
  EXPECT_EQ(error.line, GetParam().line);
  EXPECT_EQ(error.message.find(GetParam().message) == std::string::npos ? error.message : "", "");
}
INSTANTIATE_TEST_SUITE_P(all, WrongMigrations, testing::ValuesIn(kWrong),
                         [](const auto& wrong) { return wrong.param.what; });

TEST_F(MigrationScripts, are_irreversible_only_with_a_reason) {
  for (const char* reason : {"''", "nil", "5", "{}", ""}) {
    const Error error =
        raised([&] { load(std::string("return { up = function() end,\n  down = irreversible(") + reason + ") }"); });
    EXPECT_EQ(error.message, "irreversible takes the reason as a string");
    EXPECT_EQ(error.line, 2);
  }
}

TEST_F(MigrationScripts, that_die_while_they_load_say_where) {
  const Error error = raised([&] { load("local x\n\nreturn { up = x.y }"); });
  EXPECT_EQ(error.kind, ErrorKind::kConfig);
  EXPECT_EQ(error.file, kName);
  EXPECT_EQ(error.line, 3);
}

}  // namespace
}  // namespace tide::test
