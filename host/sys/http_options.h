#pragma once

#include <curl/curl.h>

#include <memory>
#include <optional>
#include <string>

#include "sys/http.h"
#include "sys/http_body.h"
#include "sys/http_library.h"

namespace tide {

// Says to curl what a request asks for, and owns what curl only borrows for it: lives until the exchange is over.
class HttpOptions {
 public:
  // Raises kUsage for what cannot be sent, kIo for a file that cannot be.
  HttpOptions(const HttpLibrary& curl, CURL* easy, const HttpRequest& request);
  HttpOptions(const HttpOptions&) = delete;
  HttpOptions& operator=(const HttpOptions&) = delete;

  template <class Argument>
  void set(CURLoption option, Argument argument) {
    check(curl_.easy_setopt(easy_, option, argument));
  }

  HttpUpload* upload() { return upload_ ? &*upload_ : nullptr; }
  const char* reason() const { return reason_; }  // curl's own words for a failure

 private:
  void set_target();
  void set_method_and_body();
  void set_body_text(const std::string& text);
  void set_body_parts();
  void add_part(const HttpPart& part);
  void set_headers();
  void add_header(const std::string& line);
  void set_credentials();
  void set_aws();
  void set_tls();
  void set_pem(const std::string& pem, CURLoption as_file, CURLoption as_text);
  void set_limits();
  bool names_header(std::string_view name) const;
  void check(CURLcode code) const;

  // When all else here is gone, curl must not point to it.
  struct Cleared {
    const HttpLibrary& curl;
    CURL* easy;
    ~Cleared() { curl.easy_reset(easy); }
  };

  const HttpLibrary& curl_;
  CURL* easy_;
  const HttpRequest& request_;
  Cleared cleared_;
  std::optional<HttpUpload> upload_;
  std::unique_ptr<curl_slist, decltype(&::curl_slist_free_all)> headers_;
  std::unique_ptr<curl_mime, decltype(&::curl_mime_free)> parts_;
  char reason_[CURL_ERROR_SIZE] = "";
};

}  // namespace tide
