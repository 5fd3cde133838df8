#include "migrate/fingerprint.h"

#include <gtest/gtest.h>

namespace tide {
namespace {

std::string lua(std::string text) {
  return fingerprint(Migration::Kind::kLua, {std::move(text), ""}, Dialect::kPostgres);
}
std::string sql(std::string up, std::string down = "") {
  return fingerprint(Migration::Kind::kSql, {std::move(up), std::move(down)}, Dialect::kPostgres);
}

TEST(Fingerprint, of_lua_is_the_same_after_a_cosmetic_edit) {
  std::string before = lua("return { up = function(db) db:execute 'A' end }");
  EXPECT_EQ(before, lua("-- what for\nreturn {\r\n\tup = function(db) --[[ here ]] db:execute 'A' end\r\n}\r\n"));
  EXPECT_EQ(before, lua("#!/usr/bin/env tide\nreturn{up=function(db)db:execute'A'end}"));
  EXPECT_EQ(lua("return [[a\nb]]"), lua("return [[a\r\nb]]"));
}

TEST(Fingerprint, of_lua_is_another_after_any_other_edit) {
  std::string before = lua("db:execute [[A -- b]] x = 10");
  for (const char* after :
       {"db:execute [[A -- c]] x = 10", "db:execute [[A  -- b]] x = 10", "db:execute [[A -- b]] x = 11",
        "db:execute [[A -- b]] x = 1 0", "db.execute [[A -- b]] x = 10", "db:execute [[A -- b]]",
        "db:execute [=[A -- b]=] x = 10", ""}) {
    EXPECT_NE(before, lua(after)) << after;
  }
  EXPECT_NE(lua("a = b"), lua("ab = b"));
  EXPECT_NE(lua("a = '1:b'"), lua("a = '1', 'b'"));
}

TEST(Fingerprint, of_sql_is_the_same_after_a_cosmetic_edit) {
  std::string before = sql("CREATE TABLE t (a int);");
  EXPECT_EQ(before, sql("-- users\nCREATE  TABLE t\r\n(\r\n  a int /* key */\r\n);\r\n"));
  EXPECT_EQ(sql("A;", "B;"), sql("A;\n", "-- back\nB;\n"));
}

TEST(Fingerprint, of_sql_is_another_after_any_other_edit) {
  std::string before = sql("INSERT INTO t VALUES ('a -- b', 1);");
  for (const char* after : {"INSERT INTO t VALUES ('a -- c', 1);", "INSERT INTO t VALUES ('a --  b', 1);",
                            "INSERT INTO t VALUES ('a -- b', 11);", "INSERT INTO tt VALUES ('a -- b', 1);",
                            "INSERT INTO t VALUES ('a -- b', 1); SELECT 1;"}) {
    EXPECT_NE(before, sql(after)) << after;
  }
}

TEST(Fingerprint, counts_what_the_markers_of_a_sql_file_decide) {
  std::string before = sql("-- tide:up\nA;\nB;\n-- tide:down\nC;");
  EXPECT_EQ(before, sql("-- first\n-- tide:up\n\nA; B;\n-- TIDE:DOWN\n\nC;"));
  EXPECT_NE(before, sql("-- tide:up\nA;\n-- tide:down\nB;\nC;"));
  EXPECT_NE(before, sql("-- tide:no-transaction\n-- tide:up\nA;\nB;\n-- tide:down\nC;"));
  EXPECT_NE(before, sql("-- tide:up\nA;\nB;"));
  EXPECT_NE(sql("A;", "B;"), sql("A;", "C;"));
}

TEST(Fingerprint, counts_every_byte_of_copy_data) {
  std::string before = sql("COPY t FROM stdin;\na\tb\n\\.\nSELECT 1;\n");
  EXPECT_EQ(before, sql("-- rows\nCOPY  t FROM stdin;\na\tb\n\\.\n\nSELECT 1;\n"));
  EXPECT_NE(before, sql("COPY t FROM stdin;\na b\n\\.\nSELECT 1;\n"));
  EXPECT_NE(before, sql("COPY t FROM stdin;\na\tb\n--\n\\.\nSELECT 1;\n"));
}

TEST(Fingerprint, of_a_text_that_cannot_be_taken_apart_counts_every_byte) {
  EXPECT_EQ(sql("-- tide:down\nA;"), sql("-- tide:down\nA;"));
  EXPECT_NE(sql("-- tide:down\nA;"), sql("-- tide:down\n A;"));
}

}  // namespace
}  // namespace tide
