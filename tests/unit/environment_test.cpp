#include "cli/environment.h"

#include <gtest/gtest.h>

#include "support/temp_dir.h"

namespace tide {
namespace {

constexpr const char* kToml = R"(default_env = "dev"
[env.dev]
url = "sqlite:dev.db"
[env.production]
url = "${PROD_URL}"
protected = true
[env.bare]
)";

using Table = std::map<std::string, std::string>;

Project project_of(const std::string& toml, Table dotenv = {}) {
  Project project;
  project.dir = "/srv/app";
  if (!toml.empty()) project.config = parse_config(toml, "tide.toml");
  project.dotenv = std::move(dotenv);
  return project;
}

Variables lookup(const Table& table) {
  return [table](const std::string& name) -> std::optional<std::string> {
    const auto found = table.find(name);
    return found == table.end() ? std::nullopt : std::optional<std::string>(found->second);
  };
}

// As a session does it: flags, then the process's variables, then .env.
Environment choose(const Project& project, const Table& flags, const Table& variables) {
  CommandLine line;
  line.globals = {{"env", 'e', "NAME", ""}, {"url", 0, "URL", ""}};
  Args args;
  for (const auto& [name, value] : flags) args.give(name, {value}, Origin::kFlag);
  take_variables(args, line, lookup(variables), Origin::kVariable);
  take_variables(args, line, lookup(project.dotenv), Origin::kDotenv);
  return choose_environment(project, args, lookup(variables));
}

TEST(ChosenEnvironment, TheStrongestLevelGivesTheUrl) {
  struct Case {
    const char* what;
    Table flags, variables, dotenv;
    const char* environment;
    const char* url;
  };
  const Case cases[] = {
      {"default_env's own url", {}, {}, {}, "dev", "sqlite:/srv/app/dev.db"},
      {"a variable beats tide.toml", {}, {{"DATABASE_URL", "postgres://v"}}, {}, "dev", "postgres://v"},
      {".env beats tide.toml", {}, {}, {{"DATABASE_URL", "postgres://f"}}, "dev", "postgres://f"},
      {"a variable beats .env",
       {},
       {{"DATABASE_URL", "postgres://v"}},
       {{"DATABASE_URL", "postgres://f"}},
       "dev",
       "postgres://v"},
      {"TIDE_URL beats DATABASE_URL",
       {},
       {{"DATABASE_URL", "postgres://v"}, {"TIDE_URL", "postgres://t"}},
       {},
       "dev",
       "postgres://t"},
      {"--url beats all", {{"url", "postgres://u"}}, {{"TIDE_URL", "postgres://t"}}, {}, "dev", "postgres://u"},
      {"-e is not redirected by a stray variable",
       {{"env", "production"}},
       {{"DATABASE_URL", "postgres://v"}, {"TIDE_URL", "postgres://t"}, {"PROD_URL", "postgres://p"}},
       {},
       "production",
       "postgres://p"},
      {"nor is TIDE_ENV by DATABASE_URL",
       {},
       {{"TIDE_ENV", "production"}, {"DATABASE_URL", "postgres://v"}, {"PROD_URL", "postgres://p"}},
       {},
       "production",
       "postgres://p"},
      {"TIDE_URL belongs to TIDE_ENV",
       {},
       {{"TIDE_ENV", "production"}, {"TIDE_URL", "postgres://t"}},
       {},
       "production",
       "postgres://t"},
      {"TIDE_ENV in .env",
       {},
       {},
       {{"TIDE_ENV", "production"}, {"PROD_URL", "postgres://p"}},
       "production",
       "postgres://p"},
      {"-e with --url", {{"env", "production"}, {"url", "postgres://u"}}, {}, {}, "production", "postgres://u"},
      {"an environment without url takes DATABASE_URL",
       {{"env", "bare"}},
       {{"DATABASE_URL", "postgres://v"}},
       {},
       "bare",
       "postgres://v"},
      {"an empty variable is none", {}, {{"DATABASE_URL", ""}, {"TIDE_URL", ""}}, {}, "dev", "sqlite:/srv/app/dev.db"},
      {"the real environment wins in ${}",
       {{"env", "production"}},
       {{"PROD_URL", "postgres://v"}},
       {{"PROD_URL", "postgres://f"}},
       "production",
       "postgres://v"},
  };
  for (const Case& c : cases) {
    const Environment environment = choose(project_of(kToml, c.dotenv), c.flags, c.variables);
    EXPECT_EQ(environment.name, c.environment) << c.what;
    EXPECT_EQ(environment.url, c.url) << c.what;
  }
}

TEST(ChosenEnvironment, IsNamedWhenItsNameAndItsUrlBelongTogether) {
  struct Case {
    const char* what;
    Table flags, variables;
    bool named;
  };
  const Case cases[] = {
      {"the default one with its own url", {}, {}, true},
      {"the default one, and a database from a variable", {}, {{"DATABASE_URL", "postgres://v"}}, false},
      {"the default one, and a database from a flag", {{"url", "postgres://u"}}, {}, false},
      {"one that was chosen", {{"env", "production"}}, {{"PROD_URL", "postgres://p"}}, true},
      {"one that was chosen, with a database of its own", {{"env", "dev"}, {"url", "postgres://u"}}, {}, true},
      {"one that a variable chose", {}, {{"TIDE_ENV", "bare"}, {"DATABASE_URL", "postgres://v"}}, true},
  };
  for (const Case& c : cases) EXPECT_EQ(choose(project_of(kToml), c.flags, c.variables).named, c.named) << c.what;
  EXPECT_TRUE(choose(project_of("[env.solo]\nurl = \"sqlite:x.db\""), {}, {}).named);
  EXPECT_FALSE(choose(project_of(""), {}, {}).named);
  EXPECT_FALSE(choose(project_of(""), {{"url", "sqlite:x.db"}}, {}).named);
}

TEST(ChosenEnvironment, WithoutTomlTheDefaultsServe) {
  const Environment embedded = choose(project_of(""), {}, {});
  EXPECT_EQ(embedded.name, "default");
  EXPECT_EQ(embedded.url, "sqlite:/srv/app/tide.db");
  EXPECT_EQ(choose(project_of(""), {}, {{"DATABASE_URL", "postgres://v"}}).url, "postgres://v");
}

TEST(ChosenEnvironment, TheOnlyEnvironmentIsTheDefaultOne) {
  EXPECT_EQ(choose(project_of("[env.solo]\nurl = \"sqlite:x.db\""), {}, {}).name, "solo");
}

TEST(ChosenEnvironment, ThePolicyHoldsWhateverTheUrl) {
  const Environment environment = choose(project_of(kToml), {{"env", "production"}, {"url", "sqlite:x.db"}}, {});
  EXPECT_TRUE(environment.is_protected);
}

TEST(ChosenEnvironment, OnlyARelativeSqlitePathIsRelativeToTheProject) {
  const std::pair<const char*, const char*> cases[] = {
      {"sqlite:a.db", "sqlite:/srv/app/a.db"}, {"sqlite:data/a.db", "sqlite:/srv/app/data/a.db"},
      {"sqlite:/a.db", "sqlite:/a.db"},        {"sqlite:///a.db", "sqlite:///a.db"},
      {"sqlite::memory:", "sqlite::memory:"},  {"postgres://h/d", "postgres://h/d"},
      {"host=h dbname=d", "host=h dbname=d"},
  };
  for (const auto& [given, used] : cases) {
    EXPECT_EQ(choose(project_of(kToml), {{"url", given}}, {}).url, used);
  }
}

TEST(ChosenEnvironment, WhatCannotBeChosenIsExplained) {
  struct Case {
    const char* toml;
    Table flags, variables;
    const char* message;
    int line;
  };
  const Case cases[] = {
      {kToml,
       {{"env", "prodution"}},
       {},
       "tide.toml has no environment 'prodution', did you mean 'production'? it has: dev, production, bare",
       0},
      {kToml, {}, {{"TIDE_ENV", "x"}}, "tide.toml has no environment 'x'; it has: dev, production, bare", 0},
      {"", {{"env", "dev"}}, {}, "there is no environment 'dev': no tide.toml was found", 0},
      {kToml,
       {{"env", "production"}},
       {},
       "the url of [env.production] needs the variable PROD_URL, which is set neither in the environment nor in .env",
       5},
      {kToml,
       {{"env", "bare"}},
       {},
       "[env.bare] has no url, and neither --url, TIDE_URL nor DATABASE_URL gives one",
       7},
      {"[env.a]\nurl=\"x\"\n[env.b]\nurl=\"y\"", {}, {}, "which environment? tide.toml has a, b and no default_env", 0},
      {"[env.a]\nurl=\"${A\"", {}, {}, "the url of [env.a] has a ${...} that names no variable", 2},
      {"[env.a]\nurl=\"${A-b}\"", {}, {}, "the url of [env.a] has a ${...} that names no variable", 2},
  };
  for (const Case& c : cases) {
    try {
      choose(project_of(c.toml), c.flags, c.variables);
      ADD_FAILURE() << c.message;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind, ErrorKind::kConfig);
      EXPECT_EQ(error.message, c.message);
      EXPECT_EQ(error.line, c.line) << c.message;
    }
  }
}

TEST(Project, IsFoundByWalkingUp) {
  const test::TempDir dir;
  dir.write("tide.toml", "migrations = \"m\"\n");
  dir.write(".env", "A=1\n");
  dir.write("deep/er/file", "");
  for (const std::string& start : {dir.path(), dir / "deep/er", dir / "deep/er/", dir / "deep/../deep"}) {
    const Project project = find_project(start);
    EXPECT_EQ(project.dir, dir.path()) << start;
    EXPECT_EQ(project.config.migrations, "m") << start;
    EXPECT_EQ(project.dotenv.at("A"), "1") << start;
  }
}

TEST(Project, WithoutTomlIsTheFolderItself) {
  const test::TempDir dir;
  EXPECT_EQ(find_project(dir.path()).dir, dir.path());
  EXPECT_EQ(find_project(dir.path()).config.file, "");
}

TEST(Project, AFolderThatIsNotThereIsNamed) {
  try {
    find_project("/no/such/folder");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, ErrorKind::kConfig);
    EXPECT_EQ(error.message, "'/no/such/folder' is not a directory");
  }
}

}  // namespace
}  // namespace tide
