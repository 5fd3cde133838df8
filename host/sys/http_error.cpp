#include "sys/http_error.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>

#include "base/text.h"
#include "sys/http_url.h"

namespace tide {

namespace {

using Phase = HttpProgress::Phase;

// What an error is made of.
struct Context {
  const HttpLibrary& curl;
  const HttpRequest& request;
  CURLcode code;
  const HttpProgress& progress;
  HttpUrl url = parse_url(curl, request.url);

  std::string place() const { return cat(url.host, ":", url.port); }
};

struct Sentence {
  std::string text;
  std::string hint = {};
  bool reached = true;
  bool lasting = false;
};

std::string bytes_of(std::int64_t done, std::int64_t total) {
  return total < 0 ? cat(done, " bytes") : cat(done, " of ", total, " bytes");
}

std::string phase_text(const Context& context) {
  const HttpProgress& progress = context.progress;
  switch (progress.phase) {
    case Phase::kName:
      return cat("while the name ", context.url.host, " was looked up");
    case Phase::kConnect:
      return cat("while connecting to ", context.place());
    case Phase::kTls:
      return cat("in the TLS handshake with ", context.place());
    case Phase::kSending:
      return cat("while the body was sent: ", bytes_of(progress.sent, progress.to_send));
    case Phase::kWaiting:
      return "waiting for the first byte of the answer";
    case Phase::kBody:
      return cat("within the answer: ", bytes_of(progress.received, progress.to_receive), " of its body had come");
  }
  return "";
}

Sentence timeout(const Context& context) {
  const std::string after = human_duration(context.progress.ms);
  const std::string what =
      context.progress.idle ? cat("nothing moved any more, given up after ", after) : cat("timed out after ", after);
  return {cat(what, " ", phase_text(context)), "", context.progress.phase > Phase::kTls};
}

Sentence unknown_name(const Context& context) {
  return {cat("the host name ", context.url.host, " cannot be resolved"), "", false};
}

// Whom curl connects to, as far as the request says it: a proxy from the environment stands in curl's own words only.
std::string peer(const Context& context) {
  if (!context.request.proxy || context.request.proxy->empty()) return context.place();
  const HttpUrl proxy = parse_url(context.curl, *context.request.proxy);
  return cat("the proxy ", proxy.host, ":", proxy.port);
}

Sentence no_connection(const Context& context) {
  const int code = static_cast<int>(context.progress.system_error);
  if (code == ECONNREFUSED) return {cat("nothing listens at ", peer(context), " (connection refused)"), "", false};
  const std::string why = code != 0 ? std::generic_category().message(code) : context.progress.reason;
  return {cat("no connection to ", peer(context), ": ", why), "", false};
}

// curl compares the host's name before it notes OpenSSL's verdict.
constexpr long kNoVerdict = 1;

// OpenSSL's X509_V_ERR_ numbers, which never change.
struct Verdict {
  long code;
  const char* text;
  const char* hint;
};
constexpr const char* kGiveAuthority = "a private authority is made known with ca = \"file.pem\"";
constexpr std::array<Verdict, 9> kVerdicts = {{
    {9, "is not valid yet", "compare the clocks of this machine and of the server"},
    {10, "has expired", "the server needs a new one"},
    {18, "is self-signed and not known here", kGiveAuthority},
    {19, "comes from an authority that is not known here", kGiveAuthority},
    {20, "comes from an authority that is not known here", kGiveAuthority},
    {21, "comes without those that lead to a known authority", "the server has to send its intermediate certificates"},
    {23, "has been revoked", ""},
    {26, "is not one for servers", ""},
    {66, "has too weak a key", ""},
}};

Sentence bad_certificate(const Context& context) {
  const std::string whose = cat("the certificate of ", context.place(), " ");
  const long result = context.progress.verify_result;
  if (result <= kNoVerdict) return {cat(whose, "is for another host"), "", false, true};
  const auto verdict =
      std::find_if(kVerdicts.begin(), kVerdicts.end(), [&](const Verdict& known) { return known.code == result; });
  if (verdict == kVerdicts.end()) return {cat(whose, "is not valid"), "", false, true};
  return {cat(whose, std::string_view(verdict->text)), verdict->hint, false, true};
}

Sentence cut_off(const Context& context) {
  const HttpProgress& progress = context.progress;
  return {cat("the answer ended too early: ", bytes_of(progress.received, progress.to_receive), " of its body came")};
}

Sentence lost(const Context& context) { return {cat("the connection was lost ", phase_text(context))}; }

// CURLE_TOO_LARGE, which libcurl 7.88 does not have.
constexpr int kTooLarge = 100;

bool proxy_refused(const Context& context) {
  const long status = context.progress.proxy_status;
  return status >= 300 && (context.code == CURLE_RECV_ERROR || context.code == CURLE_COULDNT_CONNECT);
}

Sentence described(const Context& context) {
  if (proxy_refused(context)) {
    return {cat("the proxy refuses to connect to ", context.place(), ": ", context.progress.proxy_status), "", false};
  }
  if (static_cast<int>(context.code) == kTooLarge) return {"the headers of the answer are too large", "", true, true};
  switch (context.code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return unknown_name(context);
    case CURLE_COULDNT_RESOLVE_PROXY:
      return {"the proxy's name cannot be resolved", "", false};
    case CURLE_COULDNT_CONNECT:
      return no_connection(context);
    case CURLE_OPERATION_TIMEDOUT:
      return timeout(context);
    case CURLE_SSL_CONNECT_ERROR:
      return {cat("the TLS handshake with ", context.place(), " failed"), "", false};
    case CURLE_PEER_FAILED_VERIFICATION:
      return bad_certificate(context);
    case CURLE_PARTIAL_FILE:
      return cut_off(context);
    case CURLE_GOT_NOTHING:
      return {"the server closed the connection without an answer"};
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
      return context.progress.phase == Phase::kBody ? cut_off(context) : lost(context);
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
      return {"what came back is not HTTP", "", true, true};
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return {"the HTTP/2 connection broke"};
    default:
      return {cat("failed: ", std::string_view(context.curl.easy_strerror(context.code)))};
  }
}

// Nothing that the other side could change.
void raise_local(const Context& context) {
  const std::string& reason = context.progress.reason;
  const auto raise = [&](ErrorKind kind, std::string_view text) {
    Error error(kind, cat(http_text(context.request), ": ", text));
    error.detail = reason;
    throw error;
  };
  switch (context.code) {
    case CURLE_URL_MALFORMAT:
      return raise(ErrorKind::kUsage, "the URL is not one");
    case CURLE_SSL_CERTPROBLEM:
      return raise(ErrorKind::kIo, "client_cert and client_key cannot be used");
    case CURLE_SSL_CACERT_BADFILE:
      return raise(ErrorKind::kIo,
                   context.request.ca.empty()
                       ? "this system has no list of authorities (package ca-certificates), and no ca is given"
                       : "ca cannot be read or holds no certificate");
    case CURLE_READ_ERROR:
      return raise(ErrorKind::kIo, "a file that was to be sent cannot be read");
    case CURLE_OUT_OF_MEMORY:
      return raise(ErrorKind::kInternal, "no memory");
    default:
      return;
  }
}

}  // namespace

void raise_http_error(const HttpLibrary& curl, const HttpRequest& request, CURLcode code,
                      const HttpProgress& progress) {
  const Context context{curl, request, code, progress};
  raise_local(context);
  Sentence sentence = described(context);
  HttpFailure failure(cat(http_text(request), ": ", sentence.text));
  failure.detail = progress.reason;
  failure.hint = sentence.hint;
  failure.reached = sentence.reached;
  failure.lasting = sentence.lasting;
  throw failure;
}

}  // namespace tide
