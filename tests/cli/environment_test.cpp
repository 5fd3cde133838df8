#include "cli/project.h"

namespace tide::test {
namespace {

// Every source of a URL names a file of its own; which of them exists after `up` says which one was taken.
class EnvironmentTest : public testing::Test {
 protected:
  EnvironmentTest() {
    project.write("migrations/20250101000001_one.lua", creates("one"));
    project.write(
        "tide.toml",
        "default_env = \"dev\"\n\n[env.dev]\nurl = \"sqlite:toml.db\"\n\n[env.other]\nurl = \"sqlite:other.db\"\n");
  }
  std::string taken(const Args& args, const Env& env) {
    const Outcome outcome = project.tide(args, env);
    EXPECT_TRUE(exits(outcome, 0));
    std::string found;
    for (const char* name : {"toml", "other", "dotenv", "tide_url", "database_url", "flag", "tide"}) {
      if (project.has(std::string(name) + ".db")) found += name;
      project.remove(std::string(name) + ".db");
    }
    return found;
  }
  Project project;
};

const char* const kTideUrl = "sqlite:tide_url.db";
const char* const kDatabaseUrl = "sqlite:database_url.db";

TEST_F(EnvironmentTest, AUrlComesFromTheFlagThenVariablesThenDotEnvThenTheFile) {
  EXPECT_EQ(taken({"up"}, {}), "toml");
  EXPECT_EQ(taken({"up"}, {{"DATABASE_URL", kDatabaseUrl}}), "database_url");
  EXPECT_EQ(taken({"up"}, {{"TIDE_URL", kTideUrl}}), "tide_url");
  EXPECT_EQ(taken({"up"}, {{"TIDE_URL", kTideUrl}, {"DATABASE_URL", kDatabaseUrl}}), "tide_url");
  EXPECT_EQ(taken({"up", "--url", "sqlite:flag.db"}, {{"TIDE_URL", kTideUrl}, {"DATABASE_URL", kDatabaseUrl}}), "flag");
  project.write(".env", "DATABASE_URL=sqlite:dotenv.db\n");
  EXPECT_EQ(taken({"up"}, {}), "dotenv");
  EXPECT_EQ(taken({"up"}, {{"DATABASE_URL", kDatabaseUrl}}), "database_url");
}

TEST_F(EnvironmentTest, DotEnvTakesQuotesCommentsAndExport) {
  project.write(".env", "# where\n\nexport DATABASE_URL=\"sqlite:dotenv.db\"   # here\nEMPTY=\n");
  EXPECT_EQ(taken({"up"}, {}), "dotenv");
  project.write(".env", "DATABASE_URL='sqlite:dotenv.db'\n");
  EXPECT_EQ(taken({"up"}, {}), "dotenv");
}

TEST_F(EnvironmentTest, AnEnvironmentComesFromTheFlagThenTheVariableThenTheFile) {
  EXPECT_EQ(taken({"up", "-e", "other"}, {}), "other");
  EXPECT_EQ(taken({"up", "--env", "dev"}, {{"TIDE_ENV", "other"}}), "toml");
  EXPECT_EQ(taken({"up"}, {{"TIDE_ENV", "other"}}), "other");
  EXPECT_EQ(taken({"-e", "other", "up"}, {}), "other");
  project.write(".env", "TIDE_ENV=other\n");
  EXPECT_EQ(taken({"up"}, {}), "other");
}

TEST_F(EnvironmentTest, AnEmptyVariableIsNoSetting) {
  EXPECT_EQ(taken({"up"}, {{"DATABASE_URL", ""}, {"TIDE_URL", ""}, {"TIDE_ENV", ""}}), "toml");
}

TEST_F(EnvironmentTest, FlagsHaveVariables) {
  const Outcome outcome = project.tide({"status"}, {{"TIDE_JSON", "1"}, {"TIDE_ENV", "other"}});
  EXPECT_EQ(parse_json(outcome.out).value("environment", ""), "other");
  project.tide({"up"}, {{"TIDE_LOG_FILE", "run.log"}});
  EXPECT_TRUE(contains(project.read("run.log"), "20250101000001"));
}

TEST_F(EnvironmentTest, AVariableIsExpandedInAUrl) {
  project.write("tide.toml", "default_env = \"dev\"\n[env.dev]\nurl = \"sqlite:${WHERE}.db\"\n");
  EXPECT_EQ(taken({"up"}, {{"WHERE", "other"}}), "other");
  project.write(".env", "WHERE=dotenv\n");
  EXPECT_EQ(taken({"up"}, {}), "dotenv");
}

TEST_F(EnvironmentTest, AnUnsetVariableOfAUrlIsNamedWhenThatEnvironmentIsUsed) {
  project.write(
      "tide.toml",
      "default_env = \"dev\"\n[env.dev]\nurl = \"sqlite:toml.db\"\n[env.production]\nurl = \"${PRODUCTION_URL}\"\n");
  EXPECT_TRUE(exits(project.tide({"status"}), 0));
  const Outcome outcome = project.tide({"status", "-e", "production"});
  EXPECT_TRUE(exits(outcome, 2));
  EXPECT_TRUE(contains(outcome.err, "PRODUCTION_URL"));
  EXPECT_TRUE(contains(outcome.err, "tide.toml:5"));
}

TEST_F(EnvironmentTest, WithoutAProjectFileTheDefaultsServe) {
  project.remove("tide.toml");
  EXPECT_EQ(taken({"up"}, {}), "tide");
  EXPECT_EQ(taken({"up"}, {{"DATABASE_URL", kDatabaseUrl}}), "database_url");
}

TEST_F(EnvironmentTest, APathOfSqliteIsRelativeToTheProject) {
  project.write("inner/file", "");
  Command command = project.command({"up"});
  command.directory = project.path("inner");
  EXPECT_TRUE(exits(run(command), 0));
  EXPECT_TRUE(project.has("toml.db"));
  EXPECT_FALSE(project.has("inner/toml.db"));
}

TEST_F(EnvironmentTest, TheMigrationsFolderCanBeNamed) {
  project.write("tide.toml", "migrations = \"db/steps\"\ndefault_env = \"dev\"\n[env.dev]\nurl = \"sqlite:toml.db\"\n");
  project.write("db/steps/20250101000009_nine.lua", creates("nine"));
  const Json pending = project.json({"status"})["pending"];
  ASSERT_EQ(pending.size(), 1u);
  EXPECT_EQ(pending[0]["name"], "nine");
}

TEST_F(EnvironmentTest, UrlsOfSqliteComeInTheFormsPeopleWrite) {
  for (const std::string& url :
       {std::string("sqlite:flag.db"), "sqlite:" + project.path("flag.db"), std::string("sqlite:./flag.db")}) {
    EXPECT_EQ(taken({"up", "--url", url}, {}), "flag") << url;
  }
  EXPECT_TRUE(exits(project.tide({"up", "--url", "sqlite::memory:"}), 0));
}

class PostgresUrlTest : public testing::Test {
 protected:
  PostgresUrlTest() { project.write("migrations/20250101000001_one.lua", creates("one")); }
  Project project{Engine::kPostgres};
};

TEST_F(PostgresUrlTest, BothSchemesAndKeywordStringsAndLibpqsVariablesServe) {
  const std::string url = project.url();
  const std::string rest = url.substr(url.find("://"));
  const auto colon = rest.rfind(':'), slash = rest.rfind('/');
  const std::string port = rest.substr(colon + 1, slash - colon - 1), database = rest.substr(slash + 1);
  const std::string keywords = "host=127.0.0.1 port=" + port + " user=postgres dbname=" + database;
  project.tide({"up"});
  for (const std::string& form : {"postgres" + rest, "postgresql" + rest, keywords}) {
    const Outcome outcome = project.tide({"status", "--json", "--url", form});
    EXPECT_TRUE(exits(outcome, 0)) << form;
    EXPECT_EQ(parse_json(outcome.out)["current"], "20250101000001") << form;
  }
  const Env variables = {{"PGHOST", "127.0.0.1"}, {"PGPORT", port}, {"PGUSER", "postgres"}, {"PGDATABASE", database}};
  EXPECT_EQ(parse_json(project.tide({"status", "--json", "--url", "postgres://"}, variables).out)["current"],
            "20250101000001");
}

TEST_F(PostgresUrlTest, SeveralHostsAreTriedInTurn) {
  std::string url = project.url();
  url.insert(url.find('@') + 1, "127.0.0.1:1,");
  EXPECT_TRUE(exits(project.tide({"status", "--url", url}), 0));
}

}  // namespace
}  // namespace tide::test
