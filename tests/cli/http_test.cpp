#include "sys/http.h"

#include <signal.h>

#include <chrono>

#include "base/text.h"
#include "cli/project.h"
#include "support/http_server.h"

namespace tide::test {
namespace {

class HttpTest : public testing::Test {
 protected:
  // A migration whose `up` is this Lua, with SERVER for the server's URL.
  void write_migration(std::string body) {
    const std::string url = server.url("");
    for (std::size_t at; (at = body.find("SERVER")) != std::string::npos;) body.replace(at, 6, url);
    project.write("migrations/20250101000001_ask.lua", lua_migration(body));
  }
  Outcome up_with(const std::string& body, const Args& flags = {}) {
    write_migration(body);
    Args args = {"up"};
    args.insert(args.end(), flags.begin(), flags.end());
    return project.tide(args);
  }
  // How often the server was asked for a path.
  std::string count(const std::string& path) const {
    HttpRequest request;
    request.url = server.url("/count?path=" + path);
    return HttpClient().send(request).body;
  }

  HttpServer& server = shared_http_server();
  Project project;
};

TEST_F(HttpTest, AnAnswerIsThereForTheMigration) {
  EXPECT_TRUE(
      exits(up_with("db:execute('CREATE TABLE t AS SELECT $1 AS status', http.get('SERVER/status/404').status)"), 0));
  EXPECT_EQ(project.value("SELECT status FROM t"), "404");
}

TEST_F(HttpTest, AFailureRollsBackAndSaysWhereAndWhat) {
  const Outcome outcome = up_with("db:execute 'CREATE TABLE t (n integer)'\nhttp.post('SERVER/close', { json = {} })");
  EXPECT_TRUE(exits(outcome, 1));
  EXPECT_TRUE(contains(outcome.err, cat("POST ", server.url("/close"), ": the server closed the connection")));
  EXPECT_TRUE(contains(outcome.err, "20250101000001_ask.lua:"));
  EXPECT_EQ(project.tables(), "");
}

TEST_F(HttpTest, AnErrorHasItsDetailAndHintInJson) {
  write_migration(cat("http.get('", server.url("/", "self_signed"), "')"));
  const Json error = project.json({"up", "--json"})["error"];
  EXPECT_EQ(error["kind"], "io");
  EXPECT_TRUE(contains(error["message"], "is self-signed and not known here"));
  EXPECT_TRUE(contains(error["hint"], "ca = "));
}

TEST_F(HttpTest, WhatDoesNotComeUpInTimeIsAFailedVerification) {
  const Outcome outcome =
      up_with("http.expect { url = 'SERVER/status/503?body=starting', within = '200ms', every = '50ms' }");
  EXPECT_TRUE(exits(outcome, 4));
  EXPECT_TRUE(contains(outcome.err, "did not answer as expected within 200 ms"));
  EXPECT_TRUE(contains(outcome.err, "seen last: 503, not 2xx: starting"));
}

TEST_F(HttpTest, ADryRunAsksNobodyAndGoesOn) {
  write_migration(
      "local answer = http.post('SERVER/flaky/dry?times=9', { json = { a = 1 }, check = true })\n"
      "assert(answer.recorded and answer.status == 0 and answer.body == '' and answer.headers.date == nil)\n"
      "assert(answer.json().id == nil)\n"
      "http.get('SERVER/flaky/dry?times=9&token=geheim', { to_file = 'x.bin', check = 200 })\n"
      "http.expect { url = 'SERVER/flaky/dry?times=9', within = '1h' }\n"
      "http.hold { url = 'SERVER/flaky/dry?times=9', for_ = '1h' }\n"
      "db:execute 'CREATE TABLE passed (n integer)'");
  const Outcome outcome = project.tide({"plan", "--sql", "-v"});
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(contains(outcome.all(), "CREATE TABLE passed"));
  EXPECT_TRUE(contains(outcome.all(), cat("POST ", server.url("/flaky/dry?times=9"))));
  EXPECT_TRUE(contains(outcome.all(), cat("GET ", server.url("/flaky/dry?times=9&token=***"))));
  EXPECT_TRUE(lacks(outcome.all(), "geheim"));
  EXPECT_EQ(count("/flaky/dry"), "0");
  EXPECT_FALSE(project.has("x.bin"));
}

TEST_F(HttpTest, CtrlCEndsARequestAtOnce) {
  write_migration("db:execute 'CREATE TABLE t (n integer)'\nlog.info 'now asking'\nhttp.get 'SERVER/slow?ms=20000'");
  Command command = project.command({"up"});
  command.timeout = std::chrono::seconds(15);
  Process process(command);
  ASSERT_TRUE(process.wait_for("now asking"));
  const auto begun = std::chrono::steady_clock::now();
  process.signal(SIGINT);
  const Outcome outcome = process.wait();
  EXPECT_TRUE(exits(outcome, 130));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(3));
  EXPECT_EQ(project.tables(), "");
}

TEST_F(HttpTest, CtrlCEndsTheWaitForWhatIsExpected) {
  write_migration("log.info 'now asking'\nhttp.expect { url = 'SERVER/status/503', within = '1m', every = '30s' }");
  Command command = project.command({"up"});
  command.timeout = std::chrono::seconds(15);
  Process process(command);
  ASSERT_TRUE(process.wait_for("now asking"));
  process.signal(SIGINT);
  EXPECT_TRUE(exits(process.wait(), 130));
}

// The server sends back what it was sent, so that each secret also comes in from outside.
TEST_F(HttpTest, CredentialsAppearInNoOutputAndNoLog) {
  const std::vector<std::string> requests = {
      "http.get('SERVER/echo', { bearer = 'geheim-bearer' })",
      "http.get('SERVER/echo', { basic = { 'ann', 'geheim-basic' } })",
      "http.get('SERVER/echo', { headers = { ['X-Api-Key'] = 'geheim-key', Authorization = 'Token geheim-token' } })",
      "http.get('SERVER/echo', { headers = { Cookie = 'geheim-cookie' } })",
      "http.get(('SERVER/echo'):gsub('//', '//ann:geheim-url@', 1), {})",
      "http.get('SERVER/s3/x', { aws_sigv4 = { access_key = 'A', secret_key = 'geheim-aws', session_token = "
      "'geheim-sts' } })",
  };
  for (const std::string& request : requests) {
    for (const char* end :
         {"log.info(answer.body)", "error(answer.body)", "http.expect { url = 'SERVER/status/500', within = 0 }"}) {
      write_migration(cat("local answer = ", request, "\n", std::string_view(end)));
      for (const Args& flags : {Args{"-v", "--log-file", "run.log"}, Args{"-v", "--json"}}) {
        Args args = {"up"};
        args.insert(args.end(), flags.begin(), flags.end());
        const Outcome outcome = project.tide(args);
        EXPECT_TRUE(lacks(outcome.all(), "geheim")) << request;
        if (starts_with(end, "log")) {
          EXPECT_TRUE(contains(outcome.all(), "***")) << request;
        }
        project.tide({"down"});
      }
    }
  }
  EXPECT_TRUE(contains(project.read("run.log"), "GET http://127.0.0.1"));
  EXPECT_TRUE(lacks(project.read("run.log"), "geheim"));
}

TEST_F(HttpTest, TheHistoryKeepsNoSecretOfAFailedRequest) {
  up_with("http.get('SERVER/close?access_token=geheim', { bearer = 'geheim-bearer' })");
  const std::string details = project.value("SELECT group_concat(detail) FROM tide_events");
  EXPECT_TRUE(contains(details, "/close?access_token=***: the server closed the connection"));
  EXPECT_TRUE(lacks(details, "geheim"));
}

}  // namespace
}  // namespace tide::test
