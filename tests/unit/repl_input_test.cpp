#include <gtest/gtest.h>

#include "repl/completer.h"
#include "repl/input.h"
#include "repl/prompt_text.h"

namespace tide::test {
namespace {

using Kind = Input::Kind;

// Stands in for the compiler: a chunk goes on while it has more openers than ends.
bool compiles(std::string_view chunk) {
  const auto count = [&](std::string_view word) {
    int found = 0;
    for (std::size_t at = chunk.find(word); at != chunk.npos; at = chunk.find(word, at + 1)) ++found;
    return found;
  };
  return count("do") + count("then") + count("function") <= count("end") && count("(") <= count(")") &&
         count("{") <= count("}");
}

Input next(const std::string& text, bool at_end = false) {
  return next_input(text, {Dialect::kPostgres, compiles, at_end});
}

TEST(ReplInput, SqlIsToldFromLuaByItsFirstWords) {
  for (const char* sql : {"select 1",
                          "SELECT(1)",
                          "select (1)",
                          "  -- note\n select 1",
                          "/* c */ select 1",
                          "(select 1)",
                          "with x as (select 1) select * from x",
                          "table users",
                          "show all",
                          "set x = 1",
                          "begin;",
                          "commit;",
                          "END;",
                          "do $$ begin end $$",
                          "insert into t values (1)",
                          "values (1)",
                          "select 'a'",
                          "explain select 1",
                          "vacuum",
                          "update t set a = 1",
                          "select(1);"}) {
    EXPECT_TRUE(looks_like_sql(sql, Dialect::kPostgres)) << sql;
  }
  for (const char* lua : {"x = 1", "select('#', 1, 2)", "table.concat({})", "values = {}", "set = 5", "show(1)",
                          "do local x = 1 end", "db:query 'select 1'", "return 1", "local select = 1", "update.x = 1",
                          "table", "fetch[1] = 2", "\"select\"", "5 + 5", "-- only a note", ""}) {
    EXPECT_FALSE(looks_like_sql(lua, Dialect::kPostgres)) << lua;
  }
}

TEST(ReplInput, SqlGoesOnToItsSemicolon) {
  EXPECT_EQ(next("select 1\n").kind, Kind::kIncomplete);
  EXPECT_EQ(next("select ';'\n").kind, Kind::kIncomplete);
  EXPECT_EQ(next("select 'open;\n").kind, Kind::kIncomplete);
  EXPECT_EQ(next("select $$;$$ -- ;\n").kind, Kind::kIncomplete);
  const Input one = next("select 1;\nselect 2;\n");
  EXPECT_EQ(one.kind, Kind::kSql);
  EXPECT_EQ(one.text, "select 1");
  EXPECT_EQ(one.consumed, 9u);
  EXPECT_EQ(next("\n ; \n select 2").kind, Kind::kIncomplete);
}

TEST(ReplInput, WhatIsLeftAtTheEndIsRun) {
  EXPECT_EQ(next("select 2\n", true).text, "select 2");
  EXPECT_EQ(next("for i = 1, 2 do\n", true).kind, Kind::kLua);
  EXPECT_EQ(next(" \n-- nothing\n", true).kind, Kind::kNothing);
}

TEST(ReplInput, ACommandEndsAStatementAndTakesItsLine) {
  const Input input = next("select 1 \\gx\nselect 2;");
  EXPECT_EQ(input.kind, Kind::kSql);
  EXPECT_EQ(input.text, "select 1");
  EXPECT_EQ(input.ended_by, "gx");
  EXPECT_EQ(input.consumed, 13u);
  EXPECT_EQ(next("select '\\gx'\n").kind, Kind::kIncomplete);
  const Input watch = next("select 1 \\watch 5\n");
  EXPECT_EQ(watch.ended_by, "watch");
  EXPECT_EQ(watch.ended_argument, "5");
}

TEST(ReplInput, ACommandIsItsLine) {
  const Input input = next("\\copy (select 1; ) to 'a b.csv'\nx = 1\n");
  EXPECT_EQ(input.kind, Kind::kCommand);
  EXPECT_EQ(input.text, "copy");
  EXPECT_EQ(input.argument, "(select 1; ) to 'a b.csv'");
  EXPECT_EQ(next("\\d\n").text, "d");
}

TEST(ReplInput, LuaGoesOnUntilItCompiles) {
  EXPECT_EQ(next("for i = 1, 2 do\n").kind, Kind::kIncomplete);
  const Input loop = next("for i = 1, 2 do\nprint(i)\nend\nx = 2\n");
  EXPECT_EQ(loop.kind, Kind::kLua);
  EXPECT_EQ(loop.text, "for i = 1, 2 do\nprint(i)\nend");
  EXPECT_EQ(next("x = 1\n").text, "x = 1");
}

TEST(ReplInput, TablesOfAStatementAreKnownByTheirAliases) {
  const auto named = named_tables("select u. from users u join public.orders AS o on o.user_id = u.id, items where");
  EXPECT_EQ(named.at("u"), "users");
  EXPECT_EQ(named.at("users"), "users");
  EXPECT_EQ(named.at("o"), "public.orders");
  EXPECT_EQ(named_tables("update users set x = 1").at("users"), "users");
  EXPECT_TRUE(named_tables("select 1").empty());
}

TEST(ReplPrompt, SaysWhereAndWhatIsAllowed) {
  PromptFacts facts{"production", true, "ana", "ro", TransactionState::kIdle, false, 80, false};
  EXPECT_EQ(prompt_of(facts), "production ana ro=> ");
  EXPECT_EQ(continuation_prompt(facts), "                 -> ");
  facts.state = TransactionState::kOpen;
  facts.access = "rw";
  facts.superuser = true;
  EXPECT_EQ(prompt_of(facts), "production!! ana rw*# ");
  facts.state = TransactionState::kFailed;
  facts.columns = 40;
  EXPECT_EQ(prompt_of(facts), "production!! rw!# ");
  facts.columns = 20;
  EXPECT_EQ(prompt_of(facts), "rw!# ");
}

TEST(ReplPrompt, AProtectedEnvironmentStandsOutInColour) {
  PromptFacts facts{"production", true, "ana", "ro", TransactionState::kIdle, false, 80, true};
  EXPECT_EQ(prompt_of(facts), "\001\033[1;97;41m\001 production \001\033[0m\001 ana ro=> ");
}

}  // namespace
}  // namespace tide::test
