#include "cli/project.h"

namespace tide::test {
namespace {

struct BadConfig {
  const char* name;
  const char* toml;
  int line;
  std::vector<const char*> said;
};

std::string config_name(const testing::TestParamInfo<BadConfig>& config) { return config.param.name; }

void PrintTo(const BadConfig& config, std::ostream* out) { *out << config.name; }

const char* const kDev = "[env.dev]\nurl = \"sqlite:dev.db\"\n";

class BadConfigTest : public testing::TestWithParam<BadConfig> {};

TEST_P(BadConfigTest, IsRefusedWithFileLineAndKeyBeforeAnythingRuns) {
  const Project project;
  project.write("migrations/20250101000001_one.lua", creates("one"));
  project.write("tide.toml", GetParam().toml);
  for (const Args& args : {Args{"up"}, Args{"status"}}) {
    const Outcome outcome = project.tide(args);
    EXPECT_TRUE(exits(outcome, 2));
    EXPECT_EQ(outcome.out, "");
    EXPECT_TRUE(contains(outcome.err, "tide.toml:" + std::to_string(GetParam().line)));
    for (const char* part : GetParam().said) EXPECT_TRUE(contains(outcome.err, part));
  }
  EXPECT_EQ(project.tables(), "");
}

const std::vector<BadConfig> kConfigs = {
    {"Syntax", "default_env = \"dev\"\n[env.dev\nurl = \"sqlite:dev.db\"\n", 2, {}},
    {"UnclosedText", "default_env = \"dev\n", 1, {}},
    {"KeyTwice", "default_env = \"dev\"\n[env.dev]\nurl = \"sqlite:a.db\"\nurl = \"sqlite:b.db\"\n", 4, {"url"}},
    {"UnknownKey", "defualt_env = \"dev\"\n[env.dev]\nurl = \"sqlite:dev.db\"\n", 1, {"defualt_env", "default_env"}},
    {"UnknownKeyOfEnvironment", "[env.dev]\nurl = \"sqlite:dev.db\"\nprotcted = true\n", 3, {"protcted", "protected"}},
    {"UnknownTable", "[env.dev]\nurl = \"sqlite:dev.db\"\n[evn.live]\nurl = \"sqlite:x.db\"\n", 3, {"evn"}},
    {"TextForBoolean", "[env.dev]\nurl = \"sqlite:dev.db\"\nprotected = \"yes\"\n", 3, {"protected", "true"}},
    {"NumberForUrl", "[env.dev]\nurl = 5432\n", 2, {"url"}},
    {"BadDuration",
     "[env.dev]\nurl = \"sqlite:dev.db\"\nlock_timeout = \"3 parsecs\"\n",
     3,
     {"lock_timeout", "3 parsecs"}},
    {"BadStatementTimeout",
     "[env.dev]\nurl = \"sqlite:dev.db\"\nstatement_timeout = \"soon\"\n",
     3,
     {"statement_timeout"}},
    {"UnknownGate", "[env.dev]\nurl = \"sqlite:dev.db\"\ngates = [\"bakcup\"]\n", 3, {"bakcup", "backup"}},
    {"BadMasked", "[env.dev]\nurl = \"sqlite:dev.db\"\nmasked = \"users.email\"\n", 3, {"masked"}},
    {"UnknownDefault", "default_env = \"live\"\n[env.dev]\nurl = \"sqlite:dev.db\"\n", 1, {"live", "dev"}},
    {"BadScheme",
     "default_env = \"dev\"\n[env.dev]\nurl = \"mysql://localhost/x\"\n",
     3,
     {"mysql", "postgres", "sqlite"}},
    {"EnvIsNoTable", "env = 3\n", 1, {"env"}},
};

INSTANTIATE_TEST_SUITE_P(, BadConfigTest, testing::ValuesIn(kConfigs), config_name);

class BadSettingTest : public testing::Test {
 protected:
  BadSettingTest() { project.write("migrations/20250101000001_one.lua", creates("one")); }
  void expect_refused(const Args& args, const Env& env, const std::vector<std::string>& said) {
    const Outcome outcome = project.tide(args, env);
    EXPECT_TRUE(exits(outcome, 2)) << testing::PrintToString(args);
    for (const auto& part : said) EXPECT_TRUE(contains(outcome.err, part)) << testing::PrintToString(args);
    EXPECT_EQ(project.tables(), "");
  }
  Project project;
};

TEST_F(BadSettingTest, AnUnknownEnvironmentIsRefusedAndTheKnownOnesNamed) {
  expect_refused({"up", "-e", "prodution"}, {}, {"prodution", "dev"});
  expect_refused({"up"}, {{"TIDE_ENV", "prodution"}}, {"prodution", "dev"});
}

TEST_F(BadSettingTest, AUrlOfAnUnknownKindIsRefusedAndTheKnownKindsNamed) {
  for (const char* url : {"mysql://localhost/x", "oracle:x", "http://example.test", "just words"}) {
    expect_refused({"up", "--url", url}, {}, {"postgres", "sqlite"});
    expect_refused({"up"}, {{"DATABASE_URL", url}}, {"DATABASE_URL"});
  }
}

TEST_F(BadSettingTest, AUrlThatLibpqCannotReadIsAConfigurationError) {
  expect_refused({"up", "--url", "postgres://localhost:port/x"}, {}, {"port"});
  expect_refused({"up", "--url", "postgres://localhost/x?sslmood=require"}, {}, {"sslmood"});
}

TEST_F(BadSettingTest, ADatabaseFileInAFolderThatIsNotThereIsNamed) {
  const Outcome outcome = project.tide({"up", "--url", "sqlite:no/such/folder/x.db"});
  EXPECT_TRUE(exits(outcome, 3));
  EXPECT_TRUE(contains(outcome.err, "no/such/folder"));
}

TEST_F(BadSettingTest, AFileThatIsNoDatabaseIsNamedAndLeftAlone) {
  project.write("notes.db", std::string(4096, 'x'));
  const Outcome outcome = project.tide({"up", "--url", "sqlite:notes.db"});
  EXPECT_NE(outcome.code, 0);
  EXPECT_TRUE(contains(outcome.err, "notes.db"));
  EXPECT_EQ(project.read("notes.db"), std::string(4096, 'x'));
}

TEST_F(BadSettingTest, ABadLineOfDotEnvIsNamed) {
  project.write(".env", "FINE=1\nthis is no setting\n");
  expect_refused({"up"}, {}, {".env:2"});
}

TEST_F(BadSettingTest, AMigrationsFolderThatIsNotThereIsNamed) {
  project.write("tide.toml", "migrations = \"db/steps\"\n" + std::string(kDev));
  for (const Args& args : {Args{"up"}, Args{"status"}, Args{"plan"}}) expect_refused(args, {}, {"db/steps"});
  project.write("db/steps", "a file");
  expect_refused({"up"}, {}, {"db/steps"});
}

TEST_F(BadSettingTest, ATomlFileThatIsADirectoryIsNamed) {
  project.remove("tide.toml");
  project.write("tide.toml/inner", "");
  const Outcome outcome = project.tide({"up"});
  EXPECT_TRUE(exits(outcome, 2));
  EXPECT_TRUE(contains(outcome.err, "tide.toml"));
}

TEST_F(BadSettingTest, ALogFileThatCannotBeWrittenIsNamedBeforeAnythingRuns) {
  const Outcome outcome = project.tide({"up", "--log-file", "tide.toml/run.log"});
  EXPECT_NE(outcome.code, 0);
  EXPECT_TRUE(contains(outcome.err, "tide.toml/run.log"));
  EXPECT_EQ(project.tables(), "");
}

TEST_F(BadSettingTest, ConfigurationErrorsAreJsonToo) {
  project.write("tide.toml", "defualt_env = \"dev\"\n");
  const Outcome outcome = project.tide({"status", "--json"});
  EXPECT_TRUE(exits(outcome, 2));
  const Json error = parse_json(outcome.out)["error"];
  EXPECT_EQ(error.value("kind", ""), "config");
  EXPECT_TRUE(contains(error.value("message", ""), "defualt_env"));
  EXPECT_TRUE(contains(error.value("file", ""), "tide.toml"));
  EXPECT_EQ(error["line"], 1);
}

}  // namespace
}  // namespace tide::test
