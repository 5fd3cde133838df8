#include "sys/http_redirect.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace tide::test {
namespace {

HttpUrl url(const std::string& scheme, const std::string& host, const std::string& port) {
  return {scheme, host, port, "", "", scheme + "://" + host + ":" + port + "/next"};
}
const HttpUrl kHere = url("https", "a.test", "443");

HttpRequest request(const std::string& method) {
  HttpRequest request;
  request.method = method;
  request.url = "https://a.test/";
  request.headers = {
      {"Accept", "x"}, {"content-type", "y"}, {"X-Api-Key", "k"}, {"Cookie", "c"}, {"Authorization", "z"}};
  request.user = "user";
  request.password = "password";
  request.client_cert = "cert.pem";
  request.client_key = "key.pem";
  request.ca = "ca.pem";
  return request;
}

TEST(HttpRedirect, keeps_the_method_but_for_those_that_browsers_turn_into_a_get) {
  struct Case {
    const char* method;
    int status;
    const char* next;
    bool body;
  };
  for (const Case& one : std::vector<Case>{
           {"GET", 301, "GET", true},
           {"HEAD", 302, "HEAD", true},
           {"HEAD", 303, "HEAD", true},
           {"POST", 301, "GET", false},
           {"POST", 302, "GET", false},
           {"POST", 303, "GET", false},
           {"POST", 307, "POST", true},
           {"POST", 308, "POST", true},
           {"PUT", 302, "PUT", true},
           {"DELETE", 301, "DELETE", true},
           {"PUT", 303, "GET", false},
       }) {
    HttpRequest asked = request(one.method);
    asked.body = "text";
    const HttpRequest next = redirected(asked, one.status, kHere, kHere);
    EXPECT_EQ(next.method, one.next) << one.method << " " << one.status;
    EXPECT_EQ(next.body.has_value(), one.body) << one.method << " " << one.status;
    EXPECT_EQ(next.url, "https://a.test:443/next");
  }
}

TEST(HttpRedirect, within_an_origin_takes_everything_along) {
  const HttpRequest next = redirected(request("GET"), 302, kHere, kHere);
  EXPECT_EQ(next.headers, request("GET").headers);
  EXPECT_EQ(next.password, "password");
  EXPECT_EQ(next.client_cert, "cert.pem");
}

TEST(HttpRedirect, to_another_origin_takes_no_credential_along) {
  for (const HttpUrl& to : {url("https", "b.test", "443"), url("https", "a.test", "8443")}) {
    HttpRequest asked = request("GET");
    asked.bearer = "token";
    asked.aws = AwsSigning{"a", "b", "c"};
    const HttpRequest next = redirected(asked, 302, kHere, to);
    EXPECT_EQ(next.headers, (HttpHeaders{{"Accept", "x"}, {"content-type", "y"}}));
    EXPECT_EQ(next.bearer + next.user + next.password + next.client_cert + next.client_key, "");
    EXPECT_FALSE(next.aws);
    EXPECT_EQ(next.ca, "ca.pem");
  }
}

TEST(HttpRedirect, from_http_to_https_of_a_host_is_another_origin) {
  const HttpRequest next = redirected(request("GET"), 301, url("http", "a.test", "80"), kHere);
  EXPECT_EQ(next.password, "");
}

std::optional<HttpFailure> refusal(const HttpRequest& asked, int status, const HttpUrl& to) {
  try {
    redirected(asked, status, kHere, to);
    return std::nullopt;
  } catch (const HttpFailure& failure) {
    return failure;
  }
}

TEST(HttpRedirect, does_not_leave_tls) {
  const auto failure = refusal(request("GET"), 302, url("http", "a.test", "80"));
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->message,
            "GET https://a.test/: the redirect to http://a.test:80/next is not followed: it leaves TLS");
  EXPECT_TRUE(failure->lasting);
}

TEST(HttpRedirect, does_not_take_a_body_to_another_origin) {
  HttpRequest text = request("POST"), file = request("PUT"), form = request("POST");
  text.body = "x";
  file.body_file = "x";
  form.parts = {{"name", "text"}};
  for (const HttpRequest& asked : {text, file, form}) {
    EXPECT_TRUE(refusal(asked, 307, url("https", "b.test", "443")));
    EXPECT_FALSE(refusal(asked, 303, url("https", "b.test", "443"))) << "a GET has no body";
  }
}

}  // namespace
}  // namespace tide::test
