#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/text.h"
#include "support/databases.h"
#include "support/http_server.h"
#include "support/temp_dir.h"
#include "sys/files.h"
#include "sys/http.h"
#include "sys/interrupt.h"

namespace tide::test {
namespace {

using Clock = std::chrono::steady_clock;

class HttpClientTest : public testing::Test {
 protected:
  HttpRequest get(const std::string& path, const std::string& listener = "http") const {
    HttpRequest request;
    request.url = server_.url(path, listener);
    request.ca = server_.file("ca.pem");
    return request;
  }
  std::optional<HttpFailure> failure_of(const HttpRequest& request) {
    try {
      client_.send(request);
      return std::nullopt;
    } catch (const HttpFailure& failure) {
      return failure;
    }
  }

  HttpServer& server_ = shared_http_server();
  HttpClient client_;
};

TEST_F(HttpClientTest, a_failure_says_whether_the_server_may_have_seen_the_request_and_whether_it_passes) {
  struct Case {
    const char* path;
    const char* listener;
    bool reached;
    bool lasting;
  };
  for (const Case& one : std::vector<Case>{
           {"/", "closed", false, false},
           {"/", "full", false, false},
           {"/", "expired", false, true},
           {"/", "self_signed", false, true},
           {"/", "elsewhere", false, true},
           {"/close", "http", true, false},
           {"/reset", "http", true, false},
           {"/cut", "http", true, false},
           {"/slow?ms=5000", "http", true, false},
           {"/garbage", "http", true, true},
           {"/endless", "http", true, true},
           {"/endless-headers", "http", true, true},
       }) {
    HttpRequest request = get(one.path, one.listener);
    request.timeout_ms = 500;
    request.max_size = 100'000;
    const auto failure = failure_of(request);
    ASSERT_TRUE(failure) << one.path << " " << one.listener;
    EXPECT_EQ(failure->reached, one.reached) << failure->message;
    EXPECT_EQ(failure->lasting, one.lasting) << failure->message;
    EXPECT_EQ(failure->kind, ErrorKind::kIo);
  }
}

TEST_F(HttpClientTest, the_client_is_of_use_after_every_failure) {
  for (const char* path : {"/close", "/reset", "/cut", "/garbage", "/endless-headers", "/endless", "/more-than-said"}) {
    HttpRequest request = get(path);
    request.max_size = 1000;
    failure_of(request);
    EXPECT_EQ(client_.send(get("/status/200")).body, "status 200") << path;
  }
}

// What sends the signal only when the request waits for its answer.
void interrupt_soon() {
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  ::kill(::getpid(), SIGINT);
}

TEST_F(HttpClientTest, is_interrupted_at_once_wherever_it_waits) {
  install_interrupt_handlers();
  struct Case {
    const char* path;
    const char* listener;
    int retries;
  };
  for (const Case& one : std::vector<Case>{{"/slow?ms=20000", "http", 0},
                                           {"/stall", "http", 0},
                                           {"/", "full", 0},
                                           {"/", "silent", 0},
                                           {"/flaky/interrupted?times=9&status=503&after=60", "http", 5}}) {
    HttpRequest request = get(one.path, one.listener);
    request.retries = one.retries;
    const auto begun = Clock::now();
    std::thread other(interrupt_soon);
    const Error error = raised([&] { client_.send(request); });
    other.join();
    clear_interrupt();
    EXPECT_EQ(error.kind, ErrorKind::kInterrupted) << one.path << ": " << error.message;
    EXPECT_LT(Clock::now() - begun, std::chrono::milliseconds(1500)) << one.path;
    EXPECT_EQ(client_.send(get("/status/200")).status, 200);
  }
}

std::size_t open_files() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
  return count;
}

TEST_F(HttpClientTest, leaves_no_descriptor_open) {
  client_.send(get("/status/200"));
  const std::size_t before = open_files();
  for (int i = 0; i < 20; ++i) {
    HttpClient client;
    client.send(get("/status/200"));
    EXPECT_THROW(client.send(get("/cut")), HttpFailure);
    EXPECT_THROW(client.send(get("/", "closed")), HttpFailure);
  }
  EXPECT_EQ(open_files(), before);
}

long peak_kib() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

TEST_F(HttpClientTest, streams_to_and_from_files_in_constant_memory) {
  constexpr std::int64_t kSize = 300'000'000;
  const TempDir directory;
  client_.send(get("/status/200"));
  const long before = peak_kib();
  HttpRequest down = get(cat("/zeros?size=", kSize));
  down.to_file = directory / "down";
  down.max_size = 0;
  EXPECT_EQ(client_.send(down).size, kSize);
  EXPECT_EQ(std::filesystem::file_size(down.to_file), static_cast<std::uintmax_t>(kSize));
  HttpRequest up = get("/length");
  up.method = "PUT";
  up.body_file = down.to_file;
  EXPECT_EQ(client_.send(up).body, std::to_string(kSize));
  EXPECT_LT(peak_kib() - before, 20'000) << "KiB";
}

TEST_F(HttpClientTest, a_file_that_cannot_be_written_is_named_and_leaves_nothing) {
  const TempDir directory;
  HttpRequest request = get("/status/200");
  request.to_file = directory / "none/x";
  const Error error = raised([&] { client_.send(request); });
  EXPECT_EQ(error.kind, ErrorKind::kIo);
  EXPECT_NE(error.message.find("none/x"), std::string::npos) << error.message;
}

TEST_F(HttpClientTest, no_space_for_the_file_is_said_and_leaves_nothing) {
  const TempDir directory;
  rlimit old{};
  ::getrlimit(RLIMIT_FSIZE, &old);
  ::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{100'000, old.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &small);
  HttpRequest request = get("/big?size=1000000");
  request.to_file = directory / "x";
  const Error error = raised([&] { client_.send(request); });
  ::setrlimit(RLIMIT_FSIZE, &old);
  EXPECT_EQ(error.kind, ErrorKind::kIo) << error.message;
  EXPECT_NE(error.message.find("cannot write"), std::string::npos) << error.message;
  EXPECT_TRUE(list_directory(directory.path()).empty());
}

TEST_F(HttpClientTest, a_link_is_replaced_and_not_written_through) {
  const TempDir directory;
  directory.write("victim", "safe");
  std::filesystem::create_symlink(directory / "victim", directory / "x.partial");
  HttpRequest request = get("/status/200");
  request.to_file = directory / "x";
  client_.send(request);
  EXPECT_EQ(directory.read("victim"), "safe");
  EXPECT_EQ(directory.read("x"), "status 200");
}

TEST_F(HttpClientTest, tells_why_and_when_it_tries_again) {
  HttpRequest request = get("/flaky/told?times=1&status=503");
  request.retries = 2;
  std::vector<std::string> told;
  EXPECT_EQ(client_.send(request, [&](const std::string& text) { told.push_back(text); }).attempts, 2);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_NE(told[0].find("/flaky/told?times=1&status=503: answered 503; again in "), std::string::npos) << told[0];
  EXPECT_NE(told[0].find("(try 2 of 3)"), std::string::npos) << told[0];
}

TEST_F(HttpClientTest, messages_have_neither_passwords_nor_tokens) {
  HttpRequest request = get("/?token=geheim1", "closed");
  request.url.insert(7, "user:geheim2@");
  const auto failure = failure_of(request);
  ASSERT_TRUE(failure);
  for (const std::string& text : {failure->message, failure->detail, failure->hint}) {
    EXPECT_EQ(text.find("geheim"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace tide::test
