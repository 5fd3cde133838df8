#include "sys/http_redirect.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/text.h"

namespace tide {

namespace {

constexpr std::array kOpenHeaders = {"accept", "accept-language", "content-type", "range", "user-agent"};

HttpFailure refusal(const HttpRequest& request, const HttpUrl& to, std::string_view why) {
  HttpFailure failure(
      cat(http_text(request), ": the redirect to ", public_url(to.without_userinfo), " is not followed: ", why));
  failure.lasting = true;
  return failure;
}

bool has_body(const HttpRequest& request) {
  return request.body || !request.body_file.empty() || !request.parts.empty();
}

void drop_body(HttpRequest& request) {
  request.body.reset();
  request.body_file.clear();
  request.parts.clear();
  std::erase_if(request.headers, [](const auto& header) { return lower(header.first) == "content-type"; });
}

void drop_credentials(HttpRequest& request) {
  request.bearer.clear();
  request.user.clear();
  request.password.clear();
  request.aws.reset();
  request.client_cert.clear();
  request.client_key.clear();
  request.client_key_password.clear();
  std::erase_if(request.headers, [](const auto& header) {
    return std::find(kOpenHeaders.begin(), kOpenHeaders.end(), lower(header.first)) == kOpenHeaders.end();
  });
}

// As browsers do: 303 asks for something else, and 301 and 302 turn a POST into a GET.
bool becomes_get(const HttpRequest& request, int status) {
  if (status == 303) return request.method != "HEAD";
  return (status == 301 || status == 302) && request.method == "POST";
}

}  // namespace

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

HttpRequest redirected(const HttpRequest& request, int status, const HttpUrl& from, const HttpUrl& to) {
  if (from.scheme == "https" && to.scheme != "https") throw refusal(request, to, "it leaves TLS");
  HttpRequest next = request;
  next.url = to.without_userinfo;
  if (becomes_get(request, status)) {
    next.method = "GET";
    drop_body(next);
  }
  if (from.same_origin(to)) return next;
  if (has_body(next))
    throw refusal(request, to, cat("the ", request.method, " with its body would go to another host"));
  drop_credentials(next);
  return next;
}

}  // namespace tide
