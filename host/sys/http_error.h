#pragma once

#include <cstdint>
#include <string>

#include "sys/http.h"
#include "sys/http_library.h"

namespace tide {

// How far an exchange came.
struct HttpProgress {
  enum class Phase : std::uint8_t { kName, kConnect, kTls, kSending, kWaiting, kBody };
  Phase phase = Phase::kName;
  double ms = 0;                 // since it began
  bool idle = false;             // given up because nothing moved
  std::int64_t sent = 0;         // bytes of the request's body
  std::int64_t to_send = -1;     // -1 = unknown
  std::int64_t received = 0;     // bytes of the answer's body
  std::int64_t to_receive = -1;  // -1 = unknown
  long verify_result = 0;        // what OpenSSL says of the server's certificate; 0 = nothing wrong
  long system_error = 0;         // errno of a failed connection
  long proxy_status = 0;         // a proxy's answer to CONNECT; 0 = none
  std::string reason;            // curl's own words
};

// Raises HttpFailure with one sentence for each way an exchange ends without an answer; kUsage or kIo where the cause
// is here (a URL, a certificate file).
[[noreturn]] void raise_http_error(const HttpLibrary& curl, const HttpRequest& request, CURLcode code,
                                   const HttpProgress& progress);

}  // namespace tide
