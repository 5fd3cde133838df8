#include "sys/http_options.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "sys/digest.h"
#include "sys/http_url.h"
#include "sys/os_error.h"

namespace tide {

namespace {

constexpr std::array kOwnHeaders = {"content-length", "transfer-encoding", "connection", "expect"};

bool is_token(std::string_view text) {
  const auto allowed = [](unsigned char c) {
    return std::isalnum(c) != 0 || std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) != std::string::npos;
  };
  return !text.empty() && std::all_of(text.begin(), text.end(), allowed);
}

// A line break in a value would be a header of its own.
void check_header(const std::string& name, std::string_view value) {
  if (!is_token(name)) throw Error(ErrorKind::kUsage, cat("http: \"", name, "\" cannot be the name of a header"));
  const auto is_control = [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7f; };
  if (std::any_of(value.begin(), value.end(), is_control)) {
    throw Error(ErrorKind::kUsage,
                cat("http: the value of the header ", name, " holds a line break or control character"));
  }
  if (std::find(kOwnHeaders.begin(), kOwnHeaders.end(), lower(name)) != kOwnHeaders.end()) {
    throw Error(ErrorKind::kUsage, cat("http: the header ", name, " is set by the host itself"));
  }
}

std::string sha256_of(const HttpRequest& request) {
  if (!request.parts.empty()) return "UNSIGNED-PAYLOAD";
  if (request.body_file.empty()) return sha256_hex(request.body.value_or(""));
  HttpUpload file(request.body_file);
  std::vector<char> buffer(1 << 16);
  Sha256 digest;
  for (std::size_t count; (count = file.read(buffer.data(), buffer.size())) > 0;) digest.update({buffer.data(), count});
  return digest.hex();
}

}  // namespace

HttpOptions::HttpOptions(const HttpLibrary& curl, CURL* easy, const HttpRequest& request)
    : curl_(curl),
      easy_(easy),
      request_(request),
      cleared_{curl, easy},
      headers_(nullptr, curl.slist_free_all),
      parts_(nullptr, curl.mime_free) {
  set(CURLOPT_ERRORBUFFER, reason_);
  set_target();
  set_method_and_body();
  set_credentials();
  set_headers();
  set_tls();
  set_limits();
}

void HttpOptions::set_target() {
  set(CURLOPT_URL, (request_.aws ? canonical_url(request_.url) : request_.url).c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_USERAGENT, "tide");
  if (request_.proxy) {
    set(CURLOPT_PROXY, request_.proxy->c_str());
    set(CURLOPT_NOPROXY, "");
  }
  const bool tls = starts_with(lower(request_.url), "https:");
  switch (request_.version) {
    case HttpRequest::Version::kNegotiated:
      return set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
    case HttpRequest::Version::kOnly1:
      return set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    case HttpRequest::Version::kOnly2:
      return set(CURLOPT_HTTP_VERSION,
                 static_cast<long>(tls ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE));
  }
}

void HttpOptions::set_method_and_body() {
  const std::string& method = request_.method;
  if (!is_token(method)) throw Error(ErrorKind::kUsage, cat("http: \"", method, "\" cannot be a method"));
  if (method == "HEAD") return set(CURLOPT_NOBODY, 1L);
  set(CURLOPT_CUSTOMREQUEST, method.c_str());
  if (!request_.parts.empty()) return set_body_parts();
  if (!request_.body_file.empty()) {
    upload_.emplace(request_.body_file);
    set(CURLOPT_UPLOAD, 1L);
    return set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(upload_->size()));
  }
  static const std::string kEmpty;
  const bool always_has_body = method == "POST" || method == "PUT" || method == "PATCH";
  if (request_.body || always_has_body) set_body_text(request_.body ? *request_.body : kEmpty);
}

void HttpOptions::set_body_text(const std::string& text) {
  set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(text.size()));
  set(CURLOPT_POSTFIELDS, text.data());
  // else curl calls it a form
  if (!names_header("content-type"))
    add_header(request_.aws ? "Content-Type: application/octet-stream" : "Content-Type:");
}

void HttpOptions::set_body_parts() {
  parts_.reset(curl_.mime_init(easy_));
  for (const HttpPart& part : request_.parts) add_part(part);
  set(CURLOPT_MIMEPOST, parts_.get());
}

void HttpOptions::add_part(const HttpPart& part) {
  curl_mimepart* added = curl_.mime_addpart(parts_.get());
  check(curl_.mime_name(added, part.name.c_str()));
  if (part.file.empty()) {
    check(curl_.mime_data(added, part.text.data(), part.text.size()));
  } else {
    HttpUpload readable(part.file);
    check(curl_.mime_filedata(added, part.file.c_str()));
  }
  if (!part.file_name.empty()) check(curl_.mime_filename(added, part.file_name.c_str()));
  if (!part.type.empty()) check(curl_.mime_type(added, part.type.c_str()));
}

bool HttpOptions::names_header(std::string_view name) const {
  return std::any_of(request_.headers.begin(), request_.headers.end(),
                     [&](const auto& header) { return lower(header.first) == name; });
}

void HttpOptions::add_header(const std::string& line) {
  curl_slist* longer = curl_.slist_append(headers_.get(), line.c_str());
  if (longer == nullptr) throw Error(ErrorKind::kInternal, "no memory for a header");
  (void)headers_.release();
  headers_.reset(longer);
}

// "Name;" is curl's way to send a header without a value, "Name:" that not to send it. It would sign both as they
// stand.
void HttpOptions::set_headers() {
  for (const auto& [name, value] : request_.headers) {
    check_header(name, value);
    const bool empty = trim(value).empty();
    if (empty && request_.aws) {
      throw Error(ErrorKind::kUsage, cat("http: the header ", name, " has no value: AWS signs none such"));
    }
    add_header(empty ? cat(name, ";") : cat(name, ": ", value));
  }
  if (!request_.aws) add_header("Expect:");
  set(CURLOPT_HTTPHEADER, headers_.get());
}

void HttpOptions::set_credentials() {
  if (!request_.bearer.empty()) {
    check_header("Authorization", request_.bearer);
    add_header(cat("Authorization: Bearer ", request_.bearer));
  } else if (request_.aws) {
    set_aws();
  } else if (!request_.user.empty() || !request_.password.empty()) {
    set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    set(CURLOPT_USERNAME, request_.user.c_str());
    set(CURLOPT_PASSWORD, request_.password.c_str());
  }
}

// The hash of the body is ours: curl leaves that of a file that it sends open.
void HttpOptions::set_aws() {
  const AwsSigning& aws = *request_.aws;
  set(CURLOPT_AWS_SIGV4, cat("aws:amz:", aws.region, ":", aws.service).c_str());
  set(CURLOPT_USERNAME, aws.access_key.c_str());
  set(CURLOPT_PASSWORD, aws.secret_key.c_str());
  add_header(cat("x-amz-content-sha256: ", sha256_of(request_)));
  if (!aws.session_token.empty()) {
    check_header("x-amz-security-token", aws.session_token);
    add_header(cat("x-amz-security-token: ", aws.session_token));
  }
}

void HttpOptions::set_pem(const std::string& pem, CURLoption as_file, CURLoption as_text) {
  if (pem.find("-----BEGIN") == std::string::npos) return set(as_file, pem.c_str());
  curl_blob blob{const_cast<char*>(pem.data()), pem.size(), CURL_BLOB_NOCOPY};
  set(as_text, &blob);
}

void HttpOptions::set_tls() {
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!request_.ca.empty()) {
    set(CURLOPT_CAPATH, static_cast<char*>(nullptr));
    set_pem(request_.ca, CURLOPT_CAINFO, CURLOPT_CAINFO_BLOB);
  }
  if (request_.client_cert.empty()) return;
  set_pem(request_.client_cert, CURLOPT_SSLCERT, CURLOPT_SSLCERT_BLOB);
  if (!request_.client_key.empty()) set_pem(request_.client_key, CURLOPT_SSLKEY, CURLOPT_SSLKEY_BLOB);
  set(CURLOPT_KEYPASSWD, request_.client_key_password.c_str());  // also an empty one: OpenSSL would ask the terminal
}

void HttpOptions::set_limits() {
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request_.connect_timeout_ms));
  set(CURLOPT_TCP_KEEPALIVE, 1L);
  set(CURLOPT_NOSIGNAL, 1L);  // main ignores SIGPIPE for all; curl would do so anew for every call
  // On a connection that was used before, curl sends a request again that got no answer.
  if (!request_.idempotent) set(CURLOPT_FRESH_CONNECT, 1L);
  set(CURLOPT_QUICK_EXIT, 1L);  // a name that is still being looked up holds up nobody
}

void HttpOptions::check(CURLcode code) const {
  if (code == CURLE_OK) return;
  throw Error(ErrorKind::kInternal, cat("libcurl: ", std::string_view(curl_.easy_strerror(code))));
}

}  // namespace tide
