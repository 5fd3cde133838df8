#include "sys/http_url.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/databases.h"

namespace tide::test {
namespace {

struct Shown {
  const char* url;
  const char* text;
};

TEST(HttpUrl, is_shown_without_userinfo_and_secrets_of_its_query) {
  for (const Shown& one : std::vector<Shown>{
           {"https://example.com", "https://example.com"},
           {"https://example.com/a/b", "https://example.com/a/b"},
           {"https://user:password@example.com/a", "https://example.com/a"},
           {"https://user@example.com:8443", "https://example.com:8443"},
           {"https://a:b@c:d@example.com/", "https://example.com/"},
           {"https://example.com/@me", "https://example.com/@me"},
           {"https://example.com/?token=abc", "https://example.com/?token=***"},
           {"https://example.com/?a=1&access_token=abc&b=2", "https://example.com/?a=1&access_token=***&b=2"},
           {"https://example.com?api_key=abc", "https://example.com?api_key=***"},
           {"https://example.com/?Key=abc&monkey=d", "https://example.com/?Key=***&monkey=d"},
           {"https://example.com/?X-Amz-Signature=abc&X-Amz-Date=d",
            "https://example.com/?X-Amz-Signature=***&X-Amz-Date=d"},
           {"https://example.com/?passwd=a=b", "https://example.com/?passwd=***"},
           {"https://example.com/?token", "https://example.com/?token"},
           {"https://example.com/?q=1#token=abc", "https://example.com/?q=1"},
           {"https://example.com/#?token=abc", "https://example.com/"},
           {"not a url", "not a url"},
           {"http:///user:password@example.com/a", "http:///example.com/a"},
           {"http:/user:password@example.com/a", "http:/example.com/a"},
           {"example.com:80/a:b@c", "example.com:80/a:b@c"},
           {"", ""},
       }) {
    EXPECT_EQ(public_url(one.url), one.text) << one.url;
  }
}

TEST(HttpUrl, is_signed_in_the_one_form_that_aws_knows) {
  for (const Shown& one : std::vector<Shown>{
           {"https://s3.test", "https://s3.test/"},
           {"https://s3.test/bucket/key", "https://s3.test/bucket/key"},
           {"https://s3.test/a b+c%2fd%7e", "https://s3.test/a%20b%2Bc%2Fd~"},
           {"https://s3.test/\xc3\xbc%c3%bc", "https://s3.test/%C3%BC%C3%BC"},
           {"https://s3.test/100%", "https://s3.test/100%25"},
           {"https://s3.test/x?list-type=2&acl&a=%2f", "https://s3.test/x?a=%2F&acl=&list-type=2"},
           {"https://s3.test/x?a=b+c&d=%2B", "https://s3.test/x?a=b%20c&d=%2B"},
           {"https://s3.test/x?", "https://s3.test/x?"},
           {"https://s3.test/x#top", "https://s3.test/x"},
       }) {
    EXPECT_EQ(canonical_url(one.url), one.text) << one.url;
  }
}

TEST(HttpUrl, is_taken_apart_as_curl_does) {
  const HttpLibrary curl;
  const HttpUrl url = parse_url(curl, "HTTPS://us%40er:p%3aw@Example.COM/x?y");
  EXPECT_EQ(url.scheme, "https");
  EXPECT_EQ(url.host, "example.com");
  EXPECT_EQ(url.port, "443");
  EXPECT_EQ(url.user, "us@er");
  EXPECT_EQ(url.password, "p:w");
  EXPECT_EQ(url.without_userinfo.find("p%3"), std::string::npos) << url.without_userinfo;
  EXPECT_EQ(parse_url(curl, "http://[::1]:80/").port, "80");
}

TEST(HttpUrl, is_of_the_same_origin_when_scheme_host_and_port_are) {
  const HttpLibrary curl;
  struct Pair {
    const char* first;
    const char* second;
    bool same;
  };
  for (const Pair& pair : std::vector<Pair>{
           {"http://a.test/x", "http://A.test:80/y", true},
           {"https://a.test/", "https://a.test:443/", true},
           {"http://a.test/", "https://a.test/", false},
           {"http://a.test/", "http://a.test:8080/", false},
           {"http://a.test/", "http://b.a.test/", false},
           {"http://a.test/", "http://a.test.evil.test/", false},
           {"http://a.test/", "http://a.test@evil.test/", false},
       }) {
    EXPECT_EQ(parse_url(curl, pair.first).same_origin(parse_url(curl, pair.second)), pair.same)
        << pair.first << " " << pair.second;
  }
}

TEST(HttpUrl, that_is_none_is_refused_without_its_secrets) {
  const HttpLibrary curl;
  for (const char* url :
       {"", "example.com", "ftp://example.com/", "file:///etc/passwd", "http://", "http:///x", "http:/x", "http://a b/",
        "http://exa\nmple.com/", "http://h:99999/", "javascript:alert(1)"}) {
    const Error error = raised([&] { parse_url(curl, url); });
    EXPECT_EQ(error.kind, ErrorKind::kUsage) << url;
  }
  const Error error = raised([&] { parse_url(curl, "ftp://user:geheim@example.com/?token=abc"); });
  EXPECT_EQ(error.message.find("geheim"), std::string::npos) << error.message;
  EXPECT_EQ(error.message.find("abc"), std::string::npos) << error.message;
}

}  // namespace
}  // namespace tide::test
