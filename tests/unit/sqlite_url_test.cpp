#include "db/sqlite_url.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tide/error.h"

namespace tide {
namespace {

TEST(SqliteUrl, names_a_file_in_each_of_its_forms) {
  struct Case {
    std::string url;
    std::string path;
  };
  for (const Case& c : std::vector<Case>{{"sqlite:dev.db", "dev.db"},
                                         {"sqlite:data/dev.db", "data/dev.db"},
                                         {"sqlite:/var/dev.db", "/var/dev.db"},
                                         {"sqlite:///var/dev.db", "/var/dev.db"},
                                         {"sqlite://data/dev.db", "data/dev.db"},
                                         {"sqlite3:dev.db", "dev.db"},
                                         {"sqlite:a%20b%3Fc.db", "a b?c.db"},
                                         {"sqlite:100%.db", "100%.db"},
                                         {"sqlite:größe.db?mode=rw", "größe.db"}}) {
    const SqliteUrl parsed = parse_sqlite_url(c.url);
    EXPECT_EQ(parsed.path, c.path) << c.url;
    EXPECT_FALSE(parsed.memory) << c.url;
  }
}

TEST(SqliteUrl, without_options_has_the_documented_defaults) {
  const SqliteUrl parsed = parse_sqlite_url("sqlite:dev.db");
  EXPECT_FALSE(parsed.read_only);
  EXPECT_TRUE(parsed.create);
  EXPECT_TRUE(parsed.foreign_keys);
  EXPECT_EQ(parsed.busy_timeout_ms, 5000);
}

TEST(SqliteUrl, reads_its_options) {
  EXPECT_TRUE(parse_sqlite_url("sqlite::memory:").memory);
  EXPECT_TRUE(parse_sqlite_url("sqlite:x?mode=memory").memory);
  const SqliteUrl reader = parse_sqlite_url("sqlite:x?mode=ro&busy_timeout=2s&foreign_keys=off");
  EXPECT_TRUE(reader.read_only);
  EXPECT_FALSE(reader.create);
  EXPECT_EQ(reader.busy_timeout_ms, 2000);
  EXPECT_FALSE(reader.foreign_keys);
  EXPECT_EQ(parse_sqlite_url("sqlite:x?busy_timeout=0").busy_timeout_ms, 0);
}

TEST(SqliteUrl, that_cannot_be_read_is_a_configuration_error) {
  for (const char* url : {"sqlite:", "sqlite://", "sqlite:x?mode=w", "sqlite:x?mode", "sqlite:x?cache=shared",
                          "sqlite:x?foreign_keys=perhaps", "sqlite:a%00b", "sqlite:x?busy_timeout=long"}) {
    try {
      parse_sqlite_url(url);
      ADD_FAILURE() << url;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind, ErrorKind::kConfig) << url;
    }
  }
}

TEST(SqliteUrl, is_told_from_others) {
  EXPECT_TRUE(is_sqlite_url("sqlite:x"));
  EXPECT_TRUE(is_sqlite_url("sqlite3:x"));
  for (const char* url : {"postgres://x", "sqlite", "file:x", "SQLITE:x", ""}) EXPECT_FALSE(is_sqlite_url(url)) << url;
}

TEST(Timeout, is_read_as_postgres_reads_it) {
  struct Case {
    std::string text;
    std::int64_t ms;
  };
  for (const Case& c : std::vector<Case>{{"3s", 3000},
                                         {"500ms", 500},
                                         {"250", 250},
                                         {"2min", 120000},
                                         {"1h", 3600000},
                                         {"1d", 86400000},
                                         {" 1.5 s ", 1500},
                                         {"100us", 1},
                                         {"0", -1},
                                         {"0s", -1}}) {
    EXPECT_EQ(parse_timeout_ms(c.text, "lock_timeout"), c.ms) << c.text;
  }
}

TEST(Timeout, that_is_none_names_the_setting_and_the_units) {
  for (const char* text : {"", "soon", "3 parsecs", "-1", "s", "1e99d", "2m"}) {
    try {
      parse_timeout_ms(text, "lock_timeout");
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind, ErrorKind::kUsage) << text;
      EXPECT_NE(error.message.find("lock_timeout"), std::string::npos) << error.message;
      EXPECT_NE(error.message.find("min"), std::string::npos) << error.message;
    }
  }
}

}  // namespace
}  // namespace tide
