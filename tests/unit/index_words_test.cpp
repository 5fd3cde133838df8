#include "migrate/index_words.h"

#include <gtest/gtest.h>

namespace tide {
namespace {

TEST(IndexWordsTest, AStatementThatCreatesAnIndexIsRead) {
  const struct {
    const char* sql;
    bool concurrently;
    bool if_not_exists;
    const char* index;
    const char* table;
  } cases[] = {
      {"CREATE INDEX CONCURRENTLY t_n ON t (n)", true, false, "t_n", "t"},
      {"create unique index concurrently if not exists T_N on only shop.t using btree (n)", true, true, "T_N",
       "shop.t"},
      {"CREATE INDEX CONCURRENTLY ON \"a b\".\"on\" (n)", true, false, "", "\"a b\".\"on\""},
      {"CREATE INDEX IF NOT EXISTS \"t n\" ON t(n)", false, true, "\"t n\"", "t"},
      {"-- why\nCREATE /* not CONCURRENTLY */ INDEX i ON t (n)", false, false, "i", "t"},
      {"CREATE INDEX CONCURRENTLY i ON t (n) WHERE s = 'ON x'", true, false, "i", "t"},
      {"CREATE INDEX", false, false, "", ""},
      {"CREATE INDEX CONCURRENTLY IF", true, false, "", ""},
  };
  for (const auto& c : cases) {
    const IndexWords words = read_index_words(c.sql);
    EXPECT_TRUE(words.creates_index) << c.sql;
    EXPECT_EQ(words.concurrently, c.concurrently) << c.sql;
    EXPECT_EQ(words.if_not_exists, c.if_not_exists) << c.sql;
    EXPECT_EQ(words.index, c.index) << c.sql;
    EXPECT_EQ(words.table, c.table) << c.sql;
  }
}

TEST(IndexWordsTest, WhatWorksConcurrentlyIsKnown) {
  for (const char* sql : {"DROP INDEX CONCURRENTLY IF EXISTS i", "REINDEX TABLE CONCURRENTLY t",
                          "reindex (verbose, concurrently) index i", "REINDEX (CONCURRENTLY TRUE) TABLE t",
                          "ALTER TABLE p DETACH PARTITION p_1 CONCURRENTLY"}) {
    EXPECT_TRUE(read_index_words(sql).concurrently) << sql;
    EXPECT_FALSE(read_index_words(sql).creates_index) << sql;
  }
}

TEST(IndexWordsTest, WhatOnlySpeaksOfItDoesNot) {
  for (const char* sql : {"", "SELECT 'DROP INDEX CONCURRENTLY i'", "DROP INDEX i -- CONCURRENTLY",
                          "REINDEX (CONCURRENTLY false) TABLE t", "REINDEX (CONCURRENTLY OFF) TABLE t",
                          "ALTER TABLE t ADD COLUMN \"concurrently\" int", "REFRESH MATERIALIZED VIEW CONCURRENTLY v",
                          "CREATE TABLE index (n int)", "COMMENT ON INDEX i IS 'CONCURRENTLY'"}) {
    EXPECT_FALSE(read_index_words(sql).concurrently) << sql;
    EXPECT_FALSE(read_index_words(sql).creates_index) << sql;
  }
}

}  // namespace
}  // namespace tide
