#include "cli/project.h"
#include "support/pg_cluster.h"

namespace tide::test {
namespace {

const char* const kSecret = "hunter2/very%secret";
const char* const kEncoded = "hunter2%2Fvery%25secret";

// The shared server trusts everybody: a password is carried along and never asked for.
class SecretsTest : public testing::Test {
 protected:
  SecretsTest() {
    std::string url = project.url();
    url.insert(url.find('@'), std::string(":") + kEncoded);
    project.write("tide.toml", "default_env = \"dev\"\n\n[env.dev]\nurl = \"" + url + "\"\n");
    project.write("migrations/20250101000001_one.lua", creates("one"));
    project.write("migrations/20250101000002_two.lua", sql_migration("SELECT nothing_of_the_kind"));
  }
  void expect_silent(const std::string& text, const std::string& where) {
    for (const char* secret : {kSecret, kEncoded, "hunter2"}) {
      EXPECT_TRUE(lacks(text, secret)) << where;
    }
  }
  Project project{Engine::kPostgres};
};

TEST_F(SecretsTest, APasswordInTheUrlAppearsInNoOutputAndNoLog) {
  const std::vector<Args> cases = {{"status"}, {"plan", "--sql"}, {"up"},     {"verify"},           {"history"},
                                   {"redo"},   {"down"},          {"doctor"}, {"up", "--plan", "0"}};
  for (Args args : cases) {
    for (const Args& flags : {Args{"-v"}, Args{"--json"}, Args{"-v", "--log-file", "run.log"}}) {
      Args whole = args;
      whole.insert(whole.end(), flags.begin(), flags.end());
      const Outcome outcome = project.tide(whole);
      expect_silent(outcome.all(), testing::PrintToString(whole));
    }
  }
  expect_silent(project.read("run.log"), "run.log");
}

TEST_F(SecretsTest, APasswordIsNotKeptInTheHistory) {
  project.tide({"up"});
  const std::string history = project.value(
      "SELECT string_agg(query_to_xml(format('SELECT * FROM tide.%I', tablename), true, false, '')::text, '') "
      "FROM pg_tables WHERE schemaname = 'tide'");
  EXPECT_TRUE(contains(history, "20250101000001"));
  expect_silent(history, "schema tide");
}

TEST_F(SecretsTest, APasswordIsNotShownWhenTheConnectionFails) {
  const std::string password = kEncoded;
  const std::vector<std::string> urls = {
      "postgres://me:" + password + "@127.0.0.1:1/db",
      "postgres://me:" + password + "@no-such-host.invalid/db",
      "postgres://me:" + password + "@127.0.0.1:notaport/db",
      "postgres://me:" + password + "@127.0.0.1/db?no_such_option=1",
      "postgres://me@127.0.0.1:1/db?password=" + password,
      "host=127.0.0.1 port=1 user=me password=" + std::string(kSecret),
      "host=127.0.0.1 port=1 user=me password='" + std::string(kSecret) + "' nonsense",
      "mysql://me:" + password + "@127.0.0.1/db",
  };
  for (const std::string& url : urls) {
    for (const Args& args : {Args{"up", "-v", "--url", url}, Args{"status", "--json", "--url", url}}) {
      const Outcome outcome = project.tide(args);
      EXPECT_NE(outcome.code, 0) << url;
      expect_silent(outcome.all(), url);
    }
    expect_silent(project.tide({"up"}, {{"DATABASE_URL", url}}).all(), url);
  }
}

TEST_F(SecretsTest, APasswordIsNotShownByABadProjectFile) {
  project.write("tide.toml",
                "default_env = \"dev\"\n[env.dev]\nurl = \"mysql://me:" + std::string(kEncoded) + "@h/db\"\n");
  expect_silent(project.tide({"status"}).all(), "scheme");
  project.write("tide.toml", "[env.dev]\nurl = \"postgres://me:" + std::string(kEncoded) + "@h/db\n");
  expect_silent(project.tide({"status"}).all(), "TOML syntax");
}

TEST_F(SecretsTest, APasswordIsCutOutOfWhatAScriptPrints) {
  std::string url = project.url();
  url.insert(url.find('@'), std::string(":") + kEncoded);
  project.remove("migrations/20250101000002_two.lua");
  project.write("migrations/20250101000003_three.lua",
                lua_migration("print([[" + url + "]])\nlog.info([[" + url + "]])\nerror([[cannot use " + url + "]])"));
  expect_silent(project.tide({"up", "-v"}).all(), "print, log, error");
  expect_silent(project.tide({"history"}).all(), "history");
}

TEST_F(SecretsTest, TheEnvironmentsPasswordIsNotShownEither) {
  const Outcome outcome =
      project.tide({"up", "-v", "--url", "postgres://me@127.0.0.1:1/db"}, {{"PGPASSWORD", kSecret}});
  EXPECT_TRUE(exits(outcome, 3));
  expect_silent(outcome.all(), "PGPASSWORD");
}

}  // namespace
}  // namespace tide::test
