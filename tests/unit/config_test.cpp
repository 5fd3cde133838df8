#include "cli/config.h"

#include <gtest/gtest.h>

#include "tide/error.h"

namespace tide {
namespace {

TEST(Config, AFullFileIsRead) {
  const Config config = parse_config(R"(default_env = "dev"
migrations  = "db/migrations"
scripts     = "ops"

[env.production]
url          = "${DATABASE_URL}"
protected    = true
gates        = ["backup", "rehearsal", "signature"]
lock_timeout = "3s"
statement_timeout = "0"
masked       = ["users.email", "*.password_hash"]

[env.dev]
url = "sqlite:dev.db"
lock_timeout = "2m"
max_blocked = 7
max_blocked_time = "2m"
)",
                                     "tide.toml");
  EXPECT_EQ(config.default_env, "dev");
  EXPECT_EQ(config.migrations, "db/migrations");
  EXPECT_EQ(config.scripts, "ops");
  ASSERT_EQ(config.environments.size(), 2u);
  const Environment& production = config.environments[0];
  EXPECT_EQ(production.name, "production");
  EXPECT_EQ(production.url, "${DATABASE_URL}");
  EXPECT_EQ(production.url_line, 6);
  EXPECT_TRUE(production.is_protected);
  EXPECT_EQ(production.gates, (std::vector<std::string>{"backup", "rehearsal", "signature"}));
  EXPECT_EQ(production.gates_line, 8);
  EXPECT_EQ(production.lock_timeout, "3s");
  EXPECT_EQ(production.statement_timeout, "0");
  EXPECT_EQ(production.masked, (std::vector<std::string>{"users.email", "*.password_hash"}));
  EXPECT_EQ(config.find("dev")->lock_timeout, "2min");
  EXPECT_EQ(config.find("dev")->max_blocked, 7);
  EXPECT_EQ(config.find("dev")->max_blocked_ms, 120000);
  EXPECT_EQ(production.max_blocked, 2);
  EXPECT_EQ(production.max_blocked_ms, 1000);
  EXPECT_FALSE(config.find("dev")->is_protected);
  EXPECT_EQ(config.find("staging"), nullptr);
}

TEST(Config, AnEmptyFileGivesTheDefaults) {
  const Config config = parse_config("", "tide.toml");
  EXPECT_EQ(config.migrations, "migrations");
  EXPECT_EQ(config.scripts, "scripts");
  EXPECT_TRUE(config.environments.empty());
}

TEST(Config, WhatItMayNotSayIsRefusedWithFileAndLine) {
  struct Case {
    const char* text;
    int line;
    const char* message;
  };
  const Case cases[] = {
      {"migration = \"m\"", 1,
       "unknown key 'migration' at the top, did you mean 'migrations'? allowed: default_env, migrations, scripts, env, "
       "secrets"},
      {"\nfrobnicate = 1", 2,
       "unknown key 'frobnicate' at the top; allowed: default_env, migrations, scripts, env, secrets"},
      {"[env.dev]\nurl = \"x\"\nprotcted = true", 3,
       "unknown key 'protcted' in [env.dev], did you mean 'protected'? allowed: url, protected, gates, lock_timeout, "
       "statement_timeout, max_blocked, max_blocked_time, masked, alias_of"},
      {"[env.dev]\nmax_blocked = -1", 2, "'max_blocked' in [env.dev] is a number, 0 or more"},
      {"[env.dev]\nmax_blocked = \"many\"", 2, "'max_blocked' in [env.dev] is a number, 0 or more"},
      {"[env.dev]\nmax_blocked_time = \"1000\"", 2,
       R"('max_blocked_time' in [env.dev] is a duration with its unit, "3s", "500ms" or "2m", or "0" for no limit; "1000" is none)"},
      {"migrations = 5", 1, "'migrations' at the top is a text in quotes"},
      {"migrations = \"\"", 1, "'migrations' at the top names a directory and is not empty"},
      {"[env.dev]\nprotected = \"yes\"", 2, "'protected' in [env.dev] is true or false, without quotes"},
      {"[env.dev]\ngates = \"backup\"", 2, R"('gates' in [env.dev] is a list of texts: ["...", "..."])"},
      {"[env.dev]\nmasked = [\"a\",\n 5]", 3, R"('masked' in [env.dev] is a list of texts: ["...", "..."])"},
      {"[env.dev]\ngates = [\"bakup\"]", 2,
       "unknown gate 'bakup' in [env.dev], did you mean 'backup'? allowed: backup, rehearsal, signature"},
      {"[env.dev]\nlock_timeout = \"3000\"", 2,
       R"('lock_timeout' in [env.dev] is a duration with its unit, "3s", "500ms" or "2m", or "0" for no limit; "3000" is none)"},
      {"[env.dev]\nlock_timeout = \"soon\"", 2,
       R"('lock_timeout' in [env.dev] is a duration with its unit, "3s", "500ms" or "2m", or "0" for no limit; "soon" is none)"},
      {"[env.dev]\nstatement_timeout = 5", 2, "'statement_timeout' in [env.dev] is a text in quotes"},
      {"env = 3", 1, "'env' is a table of environments: [env.dev]"},
      {"[env]\ndev = \"sqlite:x\"", 2, "'dev' in [env] is no environment; write [env.dev]"},
      {"default_env = \"dve\"\n[env.dev]\n[env.prod]", 1, "default_env names 'dve', but there are: dev, prod"},
      {"[env.a]\nalias_of = \"b\"", 2, "'alias_of' in [env.a] names 'b', which is no environment"},
      {"[env.a]\nalias_of = \"a\"", 2, "'alias_of' in [env.a] names 'a', which is an alias itself"},
      {"default_env = \"dev\"", 1, "default_env names 'dev', but there is no [env.NAME]"},
  };
  for (const Case& c : cases) {
    try {
      parse_config(c.text, "app/tide.toml");
      ADD_FAILURE() << "accepted: " << c.text;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind, ErrorKind::kConfig);
      EXPECT_EQ(error.message, c.message);
      EXPECT_EQ(error.file, "app/tide.toml");
      EXPECT_EQ(error.line, c.line) << c.text;
    }
  }
}

TEST(Config, BrokenTomlNamesTheLine) {
  try {
    parse_config("default_env = \"dev\"\n\n[env.dev\nurl = 1", "tide.toml");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, ErrorKind::kConfig);
    EXPECT_EQ(error.message.rfind("this is no TOML: ", 0), 0u) << error.message;
    EXPECT_EQ(error.line, 3);
  }
}

}  // namespace
}  // namespace tide
