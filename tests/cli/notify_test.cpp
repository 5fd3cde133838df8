#include <filesystem>

#include "cli/project.h"
#include "support/python_server.h"

namespace tide::test {
namespace {

// tide.notify against a webhook and a mail server that keep what they get (tests/support/catcher.py).
class NotifyTest : public testing::Test {
 protected:
  NotifyTest() {
    hook_ = "http://127.0.0.1:" + kept_.read("http_port");
    smtp_ = "127.0.0.1:" + kept_.read("smtp_port");
  }
  Outcome notify(const std::string& call, Args more = {}) {
    project.write("scripts/task.lua", "local notify = require 'tide.notify'\n" + call);
    more.insert(more.begin(), {"run", "task", "-v"});
    return project.tide(more);
  }
  std::string mail(const std::string& more, const std::string& user = "") const {
    return "notify.email { smtp = 'smtp://" + user + smtp_ + "', from = 'Tide <tide@example.test>', " + more + " }";
  }

  TempDir kept_;
  PythonServer catcher_{"catcher", kept_.path()};
  std::string hook_;
  std::string smtp_;
  Project project;
};

TEST_F(NotifyTest, AWebhookGetsTheJson) {
  EXPECT_TRUE(exits(notify("notify.webhook { url = '" + hook_ + "/x', json = { state = 'done', n = 3 } }"), 0));
  EXPECT_EQ(kept_.read("hook"), R"({"n":3,"state":"done"})");
}

TEST_F(NotifyTest, SlackGetsTheTextAndItsUrlIsShownNowhere) {
  const Outcome outcome = notify("notify.slack { url = '" + hook_ + "/services/T0/B0/abcdef', text = 'done' } print '" +
                                 hook_ + "/services/T0/B0/abcdef'");
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_EQ(kept_.read("hook"), R"({"text":"done"})");
  EXPECT_TRUE(lacks(outcome.all(), "services/T0/B0/abcdef"));
}

TEST_F(NotifyTest, AnAnswerThatIsNoSuccessIsAnError) {
  const Outcome outcome = notify("notify.webhook { url = '" + hook_ + "/refuse', json = {} }");
  EXPECT_TRUE(exits(outcome, 1));
  EXPECT_TRUE(contains(outcome.err, "403"));
  EXPECT_TRUE(exits(notify("notify.slack { url = 'http://127.0.0.1:1/x', text = 'x' }"), 1));
}

TEST_F(NotifyTest, AMailIsHandedIn) {
  EXPECT_TRUE(exits(notify(mail("to = { 'a@example.test', 'B <b@example.test>' }, subject = 'Fertig für heute', "
                                "text = 'Grüße\\n.\\nEnde'")),
                    0));
  const std::string got = kept_.read("mail");
  for (const char* part : {"MAIL FROM:<tide@example.test>", "RCPT TO:<a@example.test>", "RCPT TO:<b@example.test>",
                           "From: Tide <tide@example.test>\r\n", "Subject: =?UTF-8?B?RmVydGlnIGbDvHIgaGV1dGU=?=\r\n",
                           "To: a@example.test,\r\n B <b@example.test>\r\n", "\r\n\r\nR3LDvMOfZQouCkVuZGU=\r\n"}) {
    EXPECT_TRUE(contains(got, part));
  }
}

TEST_F(NotifyTest, AMailThatIsRefusedIsAnError) {
  const Outcome outcome = notify(mail("to = 'nobody@example.test', subject = 'x'"));
  EXPECT_TRUE(exits(outcome, 1));
  EXPECT_TRUE(contains(outcome.err, "the mail was not sent"));
  EXPECT_TRUE(contains(outcome.err, "550"));
}

TEST_F(NotifyTest, APasswordIsNotSentWithoutTls) {
  const Outcome outcome = notify(mail("to = 'a@example.test', subject = 'x'", "tide:hush-hush-hush@"));
  EXPECT_TRUE(exits(outcome, 1));
  EXPECT_TRUE(lacks(kept_.read("mail"), "AUTH"));
  EXPECT_TRUE(lacks(outcome.all(), "hush-hush"));
}

TEST_F(NotifyTest, ADryRunSendsNothing) {
  const std::string calls =
      mail("to = 'a@example.test', subject = 'Done'") + "\nnotify.slack { url = '" + hook_ + "/x', text = 'done' }";
  const Outcome outcome = notify(calls, {"--dry-run"});
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(contains(outcome.out, "-- mail: to a@example.test: Done\n-- recorded, not done"));
  EXPECT_TRUE(contains(outcome.out, "-- http: "));
  for (const char* name : {"hook", "mail"}) EXPECT_FALSE(std::filesystem::exists(kept_ / name)) << name;
}

TEST_F(NotifyTest, OptionsThatAreNoneAreRefused) {
  const std::pair<const char*, const char*> cases[] = {
      {"notify.slack { url = 'http://x' }", "notify.slack needs `text`"},
      {"notify.slack { url = 'http://x', txt = 'x' }", "did you mean 'text'?"},
      {"notify.webhook { json = {} }", "notify.webhook needs `url`"},
      {"notify.email { smtp = 'http://x', to = 'a@x', from = 'b@x', subject = 's' }",
       "the server is a URL such as smtp"},
      {"notify.email { smtp = 'smtp://x', to = 'a', from = 'b@x', subject = 's' }", "'a' is no address"},
      {"notify.email { smtp = 'smtp://x', to = {}, from = 'b@x', subject = 's' }", "nobody to send it to"},
      {"notify.email { smtp = 'smtp://x', to = 'a@x', from = 'b@x', subject = 's\\nBcc: c@x' }", "a line break"},
      {"notify.email { smtp = 'smtp://x', to = 'a@x\\r\\nBcc: c@x', from = 'b@x', subject = 's' }", "a line break"},
  };
  for (const auto& [call, part] : cases) {
    const Outcome outcome = notify(call);
    EXPECT_TRUE(exits(outcome, 2)) << call;
    EXPECT_TRUE(contains(outcome.err, part)) << call;
  }
}

}  // namespace
}  // namespace tide::test
