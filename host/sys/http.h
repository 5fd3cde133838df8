#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tide/error.h"

namespace tide {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

// One field of a multipart form.
struct HttpPart {
  std::string name;
  std::string text;
  std::string file;       // instead of the text: its content, read while it is sent
  std::string file_name;  // what the server is told; empty = the file's own name
  std::string type;       // Content-Type; empty = by the name's ending, none for a text
};

// AWS Signature Version 4, which S3 and what is compatible with it ask for.
struct AwsSigning {
  std::string access_key;
  std::string secret_key;
  std::string session_token;  // of temporary keys
  std::string region = "us-east-1";
  std::string service = "s3";
};

// What stands in a PEM field is a file's path, or the PEM text itself.
struct HttpRequest {
  enum class Version : std::uint8_t { kNegotiated, kOnly1, kOnly2 };

  std::string method = "GET";
  std::string url;  // http or https; "user:password@" in it becomes `user` and `password`
  HttpHeaders headers;

  // At most one of the three.
  std::optional<std::string> body;
  std::string body_file;  // read while it is sent
  std::vector<HttpPart> parts;

  // At most one of the three.
  std::string bearer;
  std::string user;
  std::string password;
  std::optional<AwsSigning> aws;

  std::string ca;  // PEM; the only authorities that count. Empty = those of the system
  std::string client_cert;
  std::string client_key;  // empty = it is in client_cert
  std::string client_key_password;

  std::optional<std::string> proxy;  // its URL, "" = none; not given = as http_proxy, https_proxy and no_proxy say
  Version version = Version::kNegotiated;

  std::int64_t timeout_ms = 60'000;          // of each try, redirects and all; 0 = none
  std::int64_t connect_timeout_ms = 10'000;  // name, connection and TLS handshake
  std::int64_t idle_timeout_ms = 60'000;     // without a byte in either direction
  int retries = 0;
  bool idempotent = true;  // false: tried again only when it cannot have reached the server
  int follow = 0;          // redirects; 0 = a redirect is an answer

  std::string to_file;               // where the body of a 2xx goes, complete or not at all
  std::int64_t max_size = 16 << 20;  // bytes of the body; 0 = any
};

struct HttpResponse {
  int status = 0;
  HttpHeaders headers;    // names in lower case, as they came
  std::string body;       // empty when it went to a file
  std::string url;        // the last one, after redirects
  std::string version;    // "1.0", "1.1", "2"
  std::int64_t size = 0;  // bytes of the body
  int attempts = 1;
  double ms = 0;  // of everything, waiting between tries too
};

// No whole answer came: the network, TLS, a limit, or what the server sent. kIo.
struct HttpFailure : Error {
  explicit HttpFailure(std::string text) : Error(ErrorKind::kIo, std::move(text)) {}

  bool reached = true;   // the server may have seen the request
  bool lasting = false;  // a certificate, a limit: the next try would end like this one
};

// "GET https://host/path?token=***": for people. Without userinfo, with what looks like a secret in the query masked.
std::string http_text(const HttpRequest& request);

// Keeps connections open between requests. curl is loaded with the first one. One thread at a time.
class HttpClient {
 public:
  HttpClient();
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // Any status is an answer. Raises HttpFailure; kUsage for a request that cannot be sent; kIo for a local file;
  // kInterrupted at once after Ctrl-C. `on_wait` is told, for people, why and when it will be tried again.
  HttpResponse send(const HttpRequest& request, const std::function<void(const std::string& text)>& on_wait = {});

 private:
  struct Session;
  std::unique_ptr<Session> session_;
};

}  // namespace tide
