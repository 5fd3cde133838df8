#pragma once

#include <curl/curl.h>

#include <chrono>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

#include "sys/descriptor.h"
#include "sys/http.h"
#include "sys/http_body.h"
#include "sys/http_error.h"
#include "sys/http_library.h"
#include "sys/http_options.h"

namespace tide {

// What stays from one exchange to the next: open connections among them.
struct HttpHandles {
  HttpHandles();
  ~HttpHandles();
  HttpHandles(const HttpHandles&) = delete;
  HttpHandles& operator=(const HttpHandles&) = delete;

  HttpLibrary curl;
  CURL* easy = nullptr;
  CURLM* multi = nullptr;
  Descriptor wake;  // written to by Ctrl-C
};

struct HttpAnswer {
  int status = 0;
  HttpHeaders headers;
  std::string body;
  std::string version;
  std::string redirect;  // where a 3xx points to, as a whole URL
  std::int64_t size = 0;
  std::int64_t retry_after_ms = -1;
};

// One request and its answer; a redirect is an answer.
class HttpExchange {
 public:
  // `time_left_ms`: 0 = no limit. The request must outlive this.
  HttpExchange(HttpHandles& handles, const HttpRequest& request, std::int64_t time_left_ms);
  HttpAnswer run();

 private:
  using Clock = std::chrono::steady_clock;
  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self) noexcept;
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self) noexcept;
  static std::size_t on_read(char* buffer, std::size_t size, std::size_t count, void* self) noexcept;
  static int on_seek(void* self, curl_off_t offset, int origin) noexcept;
  static CURLcode on_tls(CURL* easy, void* context, void* self) noexcept;

  void set_callbacks();
  CURLcode perform();
  CURLcode result();
  void watch();
  void read_header(std::string_view line);
  HttpProgress progress();
  HttpProgress::Phase phase(const HttpProgress& progress);
  HttpAnswer answer();
  template <class T>
  T info(CURLINFO which);

  HttpHandles& handles_;
  const HttpRequest& request_;
  HttpOptions options_;
  HttpDownload download_;
  HttpHeaders headers_;
  std::size_t header_bytes_ = 0;
  std::int64_t moved_ = 0;
  Clock::time_point begun_ = Clock::now();
  Clock::time_point moved_at_ = begun_;
  bool tls_begun_ = false;
  bool idle_ = false;
  std::exception_ptr failure_;  // of a callback: nothing may be thrown through curl
};

}  // namespace tide
