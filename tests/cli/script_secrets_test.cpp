#include "cli/project.h"

namespace tide::test {
namespace {

// secret(name): where it comes from, and that it goes nowhere.
class ScriptSecretsTest : public testing::Test {
 protected:
  // Runs a script that says how long the secret "token" is and prints it in several ways.
  Outcome reveal(const Env& env = {}, const Args& more = {}) {
    project.write(
        "scripts/task.lua",
        "local s = secret 'token' log.warn(s) fs.write('length', tostring(#s)) return { #s, 'x' .. s .. 'y' }");
    Args args = {"run", "task", "-vv", "--log-file", "run.log"};
    args.insert(args.end(), more.begin(), more.end());
    return project.tide(args, env);
  }
  void expect_hidden(const Outcome& outcome, const std::string& secret) {
    EXPECT_TRUE(exits(outcome, 0));
    EXPECT_EQ(project.read("length"), std::to_string(secret.size()));
    EXPECT_TRUE(lacks(outcome.all() + project.read("run.log"), secret));
    EXPECT_TRUE(contains(outcome.out, "x***y"));
  }
  void configure(const std::string& source) {
    project.write("tide.toml", "[env.dev]\nurl = \"sqlite:dev.db\"\n\n[secrets]\ntoken = " + source + "\n");
  }
  void expect_refused(int code, const std::vector<std::string>& parts, const Env& env = {}) {
    const Outcome outcome = reveal(env);
    EXPECT_TRUE(exits(outcome, code));
    for (const std::string& part : parts) EXPECT_TRUE(contains(outcome.err, part));
    EXPECT_TRUE(lacks(outcome.all() + project.read("run.log"), "leaky-leaky"));
  }

  const std::string value = "k-0123456789-ü";
  Project project;
};

TEST_F(ScriptSecretsTest, ItComesFromTheVariable) {
  expect_hidden(reveal({{"token", value}}), value);
  expect_hidden(reveal({{"TOKEN", value}}), value);
  project.write(".env", "TOKEN='" + value + "'\n");
  expect_hidden(reveal(), value);
}

TEST_F(ScriptSecretsTest, ItComesFromTheFileThatAVariableNames) {
  project.write("mounted", value + "\n");
  expect_hidden(reveal({{"TOKEN_FILE", "mounted"}}), value);
  expect_hidden(reveal({{"TOKEN_FILE", project.path("mounted")}}), value);
}

TEST_F(ScriptSecretsTest, ItComesFromWhereTheProjectSays) {
  project.write("mounted", value + "\n");
  configure("{ env = \"OTHER\" }");
  expect_hidden(reveal({{"OTHER", value}, {"TOKEN", "another"}}), value);
  configure("{ file = \"mounted\" }");
  expect_hidden(reveal({{"TOKEN", "another"}}), value);
  configure("{ command = [\"cat\", \"mounted\"] }");
  expect_hidden(reveal(), value);
}

TEST_F(ScriptSecretsTest, ItIsHiddenInTheDocumentAndInErrors) {
  const Outcome document = reveal({{"TOKEN", value}}, {"--json"});
  EXPECT_TRUE(exits(document, 0));
  EXPECT_EQ(parse_json(document.out)["result"][1], "x***y");
  project.write("scripts/task.lua", "error('the key is ' .. secret 'token')");
  const Outcome failed = project.tide({"run", "task", "--json"}, {{"TOKEN", value}});
  EXPECT_TRUE(exits(failed, 1));
  EXPECT_TRUE(lacks(failed.all(), value));
}

TEST_F(ScriptSecretsTest, EveryLineOfALongOneIsHidden) {
  const std::string pem = "-----BEGIN KEY-----\nabcdefghijklmnop\nqrstuvwxyz012345\n-----END KEY-----";
  project.write("key.pem", pem);
  configure("{ file = \"key.pem\" }");
  project.write("scripts/task.lua", "for line in secret('token'):gmatch '[^\\n]+' do print('[' .. line .. ']') end");
  const Outcome outcome = project.tide({"run", "task"});
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(lacks(outcome.all(), "abcdefghijklmnop"));
  EXPECT_TRUE(lacks(outcome.all(), "qrstuvwxyz012345"));
}

TEST_F(ScriptSecretsTest, OneThatIsMissingSaysWhereItWasLookedFor) {
  expect_refused(2, {"there is no secret 'token'", "token", "token_FILE", "TOKEN", "TOKEN_FILE", "/run/secrets/token",
                     "[secrets] in tide.toml", "scripts/task.lua:1"});
  expect_refused(2, {"the file nowhere"}, {{"TOKEN_FILE", "nowhere"}});
  configure("{ env = \"OTHER\" }");
  expect_refused(2, {"the variable OTHER of [secrets] is not set", "tide.toml:5"});
  configure("{ file = \"nowhere\" }");
  expect_refused(2, {"the file nowhere of [secrets] is not there", "tide.toml:5"});
  configure("{ command = [\"true\"] }");
  expect_refused(2, {"what [secrets] names is empty"});
}

TEST_F(ScriptSecretsTest, OfACommandThatFailsNothingIsShown) {
  project.write("leak.sh", "echo leaky-leaky; echo leaky-leaky >&2; exit 3");
  configure("{ command = [\"sh\", \"leak.sh\"] }");
  expect_refused(2, {"the command `sh`", "exit code 3"});
  configure("{ command = [\"no-such-program-here\"] }");
  expect_refused(1, {"no-such-program-here"});
}

TEST_F(ScriptSecretsTest, ALineOfSecretsThatIsNoneIsRefused) {
  const std::pair<const char*, const char*> cases[] = {
      {"\"hunter2\"", "'token' in [secrets] says where it is"}, {"{}", "one of them"},
      {"{ env = \"A\", file = \"b\" }", "one of them"},         {"{ envv = \"A\" }", "did you mean 'env'?"},
      {"{ command = \"op read x\" }", "is a list of texts"},    {"{ file = 5 }", "is a text in quotes"},
  };
  for (const auto& [source, part] : cases) {
    configure(source);
    const Outcome outcome = project.tide({"status"});
    EXPECT_TRUE(exits(outcome, 2)) << source;
    EXPECT_TRUE(contains(outcome.err, part)) << source;
    EXPECT_TRUE(contains(outcome.err, "tide.toml:5")) << source;
  }
}

}  // namespace
}  // namespace tide::test
