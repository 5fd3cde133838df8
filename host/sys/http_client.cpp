#include <algorithm>
#include <chrono>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "sys/http.h"
#include "sys/http_exchange.h"
#include "sys/http_redirect.h"
#include "sys/http_retry.h"
#include "sys/http_url.h"
#include "sys/interrupt.h"

namespace tide {

namespace {

using Clock = std::chrono::steady_clock;

double ms_since(Clock::time_point then) {
  return std::chrono::duration<double, std::milli>(Clock::now() - then).count();
}

// What one try may take, over all of its redirects.
class Allowance {
 public:
  explicit Allowance(std::int64_t ms) : ms_(ms) {}
  std::int64_t left() const {  // 0 = no limit
    return ms_ == 0 ? 0 : std::max<std::int64_t>(ms_ - static_cast<std::int64_t>(ms_since(begun_)), 1);
  }

 private:
  std::int64_t ms_;
  Clock::time_point begun_ = Clock::now();
};

// How a try ended: with an answer, or with the failure.
struct Ending {
  HttpAnswer answer;
  std::string url;
  std::optional<HttpFailure> failure;

  HttpTry as_try() const {
    return {answer.status, failure && failure->reached, failure && failure->lasting, answer.retry_after_ms};
  }
  std::string text(const HttpRequest& request) const {
    return failure ? failure->message : cat(http_text(request), ": answered ", answer.status);
  }
};

HttpFailure too_many(const HttpRequest& request, const std::vector<std::string>& visited, bool circle) {
  std::vector<std::string> shown;
  for (const std::string& url : visited) shown.push_back(public_url(url));
  HttpFailure failure(cat(http_text(request), circle ? ": the redirects go in a circle: " : ": more redirects than ",
                          circle ? "" : cat(request.follow, " (follow): "), join(shown, " -> ")));
  failure.lasting = true;
  return failure;
}

void check_version(const HttpRequest& request, const HttpAnswer& answer) {
  if (request.version != HttpRequest::Version::kOnly2 || answer.version == "2") return;
  HttpFailure failure(cat(http_text(request), ": the server speaks HTTP/", answer.version, " only, not HTTP/2"));
  failure.lasting = true;
  throw failure;
}

bool is_http(const std::string& url) {
  const std::string folded = lower(url);
  return starts_with(folded, "http://") || starts_with(folded, "https://");
}

// Credentials of the URL become those of the request.
HttpRequest prepared(const HttpLibrary& curl, const HttpRequest& given) {
  HttpRequest request = given;
  const HttpUrl url = parse_url(curl, given.url);
  request.url = url.without_userinfo;
  if (url.user.empty() && url.password.empty()) return request;
  if (!given.bearer.empty() || !given.user.empty() || given.aws) {
    throw Error(ErrorKind::kUsage, cat(http_text(given), ": credentials stand in the URL and in the options"));
  }
  request.user = url.user;
  request.password = url.password;
  return request;
}

}  // namespace

std::string http_text(const HttpRequest& request) { return cat(request.method, " ", public_url(request.url)); }

struct HttpClient::Session {
  HttpHandles handles;
  std::mt19937 random{std::random_device{}()};

  Ending try_once(const HttpRequest& request);
  Ending follow(const HttpRequest& first);
  HttpRequest next_of(const HttpRequest& request, const HttpAnswer& redirect);
};

HttpRequest HttpClient::Session::next_of(const HttpRequest& request, const HttpAnswer& redirect) {
  const HttpUrl from = parse_url(handles.curl, request.url);
  if (!is_http(redirect.redirect)) {
    HttpFailure failure(cat(http_text(request), ": the redirect to ", public_url(redirect.redirect),
                            " is not followed: it is not HTTP"));
    failure.lasting = true;
    throw failure;
  }
  return redirected(request, redirect.status, from, parse_url(handles.curl, redirect.redirect));
}

Ending HttpClient::Session::follow(const HttpRequest& first) {
  const Allowance allowance(first.timeout_ms);
  std::vector<std::string> visited;
  HttpRequest redirect;
  for (const HttpRequest* request = &first;; request = &redirect) {
    visited.push_back(request->url);
    Ending ending{HttpExchange(handles, *request, allowance.left()).run(), request->url, {}};
    check_version(*request, ending.answer);
    if (first.follow == 0 || ending.answer.redirect.empty()) return ending;
    HttpRequest next = next_of(*request, ending.answer);
    const bool circle =
        next.method == request->method && std::find(visited.begin(), visited.end(), next.url) != visited.end();
    if (circle || visited.size() > static_cast<std::size_t>(first.follow)) {
      visited.push_back(next.url);
      throw too_many(first, visited, circle);
    }
    redirect = std::move(next);
  }
}

Ending HttpClient::Session::try_once(const HttpRequest& request) {
  try {
    return follow(request);
  } catch (const HttpFailure& failure) {
    return {{}, request.url, failure};
  }
}

HttpClient::HttpClient() = default;
HttpClient::~HttpClient() = default;

HttpResponse HttpClient::send(const HttpRequest& given, const std::function<void(const std::string&)>& on_wait) {
  if (!session_) session_ = std::make_unique<Session>();
  const Clock::time_point begun = Clock::now();
  const HttpRequest request = prepared(session_->handles.curl, given);
  for (int number = 1;; ++number) {
    Ending ending = session_->try_once(request);
    const double jitter = std::uniform_real_distribution<>(0, 1)(session_->random);
    const auto pause = retry_delay_ms(request, ending.as_try(), number, jitter);
    if (!pause) {
      if (ending.failure) throw *ending.failure;
      HttpAnswer& answer = ending.answer;
      return {answer.status,
              std::move(answer.headers),
              std::move(answer.body),
              ending.url,
              answer.version,
              answer.size,
              number,
              ms_since(begun)};
    }
    if (on_wait) {
      on_wait(cat(ending.text(request), "; again in ", human_duration(static_cast<double>(*pause)), " (try ",
                  number + 1, " of ", request.retries + 1, ")"));
    }
    sleep_ms(*pause);
    if (interrupted()) throw Error(ErrorKind::kInterrupted, "interrupted");
  }
}

}  // namespace tide
