#include "sys/http_exchange.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/text.h"
#include "sys/http_redirect.h"
#include "sys/interrupt.h"
#include "sys/os_error.h"

namespace tide {

namespace {

constexpr std::size_t kMostHeaderBytes = 256 << 10;
constexpr std::int64_t kLongestPollMs = 100;  // curl does not wake up for all of its own timeouts

double ms_since(std::chrono::steady_clock::time_point then) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - then).count();
}

void wake_up(void* descriptor) noexcept {
  const std::uint64_t one = 1;
  (void)!::write(static_cast<Descriptor*>(descriptor)->get(), &one, sizeof one);
}

void drain(const Descriptor& wake) {
  std::uint64_t count = 0;
  (void)!::read(wake.get(), &count, sizeof count);
}

// Within curl's list of transfers for as long as it lives.
struct Added {
  Added(HttpHandles& all) : handles(all) { handles.curl.multi_add_handle(handles.multi, handles.easy); }
  ~Added() { handles.curl.multi_remove_handle(handles.multi, handles.easy); }
  Added(const Added&) = delete;
  Added& operator=(const Added&) = delete;
  HttpHandles& handles;
};

std::string version_text(long version) {
  if (version == CURL_HTTP_VERSION_1_0) return "1.0";
  return version == CURL_HTTP_VERSION_2_0 ? "2" : "1.1";
}

}  // namespace

HttpHandles::HttpHandles()
    : easy(curl.easy_init()), multi(curl.multi_init()), wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!wake) throw os_error("open", "eventfd", errno);
  if (easy == nullptr || multi == nullptr) throw Error(ErrorKind::kInternal, "no memory for libcurl");
}

HttpHandles::~HttpHandles() {
  curl.easy_cleanup(easy);
  curl.multi_cleanup(multi);
}

HttpExchange::HttpExchange(HttpHandles& handles, const HttpRequest& request, std::int64_t time_left_ms)
    : handles_(handles), request_(request), options_(handles.curl, handles.easy, request), download_(request) {
  options_.set(CURLOPT_TIMEOUT_MS, static_cast<long>(time_left_ms));
  set_callbacks();
}

void HttpExchange::set_callbacks() {
  options_.set(CURLOPT_HEADERFUNCTION, &HttpExchange::on_header);
  options_.set(CURLOPT_HEADERDATA, this);
  options_.set(CURLOPT_WRITEFUNCTION, &HttpExchange::on_body);
  options_.set(CURLOPT_WRITEDATA, this);
  options_.set(CURLOPT_SSL_CTX_FUNCTION, &HttpExchange::on_tls);
  options_.set(CURLOPT_SSL_CTX_DATA, this);
  if (options_.upload() == nullptr) return;
  options_.set(CURLOPT_READFUNCTION, &HttpExchange::on_read);
  options_.set(CURLOPT_READDATA, this);
  options_.set(CURLOPT_SEEKFUNCTION, &HttpExchange::on_seek);
  options_.set(CURLOPT_SEEKDATA, this);
}

std::size_t HttpExchange::on_header(char* data, std::size_t size, std::size_t count, void* self) noexcept {
  auto* exchange = static_cast<HttpExchange*>(self);
  try {
    exchange->read_header({data, size * count});
    return size * count;
  } catch (...) {
    exchange->failure_ = std::current_exception();
    return CURL_WRITEFUNC_ERROR;
  }
}

std::size_t HttpExchange::on_body(char* data, std::size_t size, std::size_t count, void* self) noexcept {
  auto* exchange = static_cast<HttpExchange*>(self);
  try {
    exchange->download_.write(static_cast<int>(exchange->info<long>(CURLINFO_RESPONSE_CODE)), {data, size * count});
    return size * count;
  } catch (...) {
    exchange->failure_ = std::current_exception();
    return CURL_WRITEFUNC_ERROR;
  }
}

std::size_t HttpExchange::on_read(char* buffer, std::size_t size, std::size_t count, void* self) noexcept {
  auto* exchange = static_cast<HttpExchange*>(self);
  try {
    return exchange->options_.upload()->read(buffer, size * count);
  } catch (...) {
    exchange->failure_ = std::current_exception();
    return CURL_READFUNC_ABORT;
  }
}

int HttpExchange::on_seek(void* self, curl_off_t offset, int origin) noexcept {
  if (origin != SEEK_SET) return CURL_SEEKFUNC_CANTSEEK;
  static_cast<HttpExchange*>(self)->options_.upload()->rewind(offset);
  return CURL_SEEKFUNC_OK;
}

CURLcode HttpExchange::on_tls(CURL*, void*, void* self) noexcept {
  static_cast<HttpExchange*>(self)->tls_begun_ = true;
  return CURLE_OK;
}

// Those of the last answer stay: 100 Continue and a proxy's answer come before it.
void HttpExchange::read_header(std::string_view line) {
  header_bytes_ += line.size();
  if (header_bytes_ > kMostHeaderBytes) {
    HttpFailure failure(
        cat(http_text(request_), ": the headers of the answer are too large: more than ", kMostHeaderBytes, " bytes"));
    failure.lasting = true;
    throw failure;
  }
  if (starts_with(line, "HTTP/")) headers_.clear();
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0 || starts_with(line, "HTTP/")) return;
  headers_.emplace_back(lower(line.substr(0, colon)), trim(line.substr(colon + 1)));
}

HttpAnswer HttpExchange::run() {
  const CURLcode code = perform();
  if (failure_) std::rethrow_exception(failure_);
  if (code != CURLE_OK) raise_http_error(handles_.curl, request_, code, progress());
  return answer();
}

CURLcode HttpExchange::perform() {
  const InterruptTarget target(&wake_up, &handles_.wake);
  const Added added(handles_);
  for (int running = 1;;) {
    const CURLMcode code = handles_.curl.multi_perform(handles_.multi, &running);
    if (code != CURLM_OK) throw Error(ErrorKind::kInternal, handles_.curl.multi_strerror(code));
    if (running == 0) return result();
    watch();
    curl_waitfd wake{handles_.wake.get(), CURL_WAIT_POLLIN, 0};
    const auto longest =
        static_cast<int>(std::min(kLongestPollMs, std::max<std::int64_t>(request_.idle_timeout_ms, 1)));
    handles_.curl.multi_poll(handles_.multi, &wake, 1, longest, nullptr);
  }
}

CURLcode HttpExchange::result() {
  int left = 0;
  const CURLMsg* message = handles_.curl.multi_info_read(handles_.multi, &left);
  return message != nullptr ? message->data.result : CURLE_OK;
}

void HttpExchange::watch() {
  if (interrupted()) {
    drain(handles_.wake);
    throw Error(ErrorKind::kInterrupted, "interrupted");
  }
  const std::int64_t moved = info<curl_off_t>(CURLINFO_SIZE_UPLOAD_T) + download_.size() +
                             static_cast<std::int64_t>(header_bytes_) + info<curl_off_t>(CURLINFO_PRETRANSFER_TIME_T);
  if (moved != moved_) {
    moved_ = moved;
    moved_at_ = Clock::now();
  }
  if (moved_ == 0 || request_.idle_timeout_ms == 0) return;
  idle_ = ms_since(moved_at_) > static_cast<double>(request_.idle_timeout_ms);
  if (idle_) raise_http_error(handles_.curl, request_, CURLE_OPERATION_TIMEDOUT, progress());
}

template <class T>
T HttpExchange::info(CURLINFO which) {
  T value{};
  handles_.curl.easy_getinfo(handles_.easy, which, &value);
  return value;
}

HttpProgress::Phase HttpExchange::phase(const HttpProgress& progress) {
  using Phase = HttpProgress::Phase;
  if (info<curl_off_t>(CURLINFO_STARTTRANSFER_TIME_T) > 0 && header_bytes_ > 0) return Phase::kBody;
  if (info<curl_off_t>(CURLINFO_PRETRANSFER_TIME_T) > 0) {
    return progress.sent < progress.to_send ? Phase::kSending : Phase::kWaiting;
  }
  if (tls_begun_) return Phase::kTls;  // curl's own times do not tell a connection from its handshake
  return info<curl_off_t>(CURLINFO_NAMELOOKUP_TIME_T) > 0 ? Phase::kConnect : Phase::kName;
}

HttpProgress HttpExchange::progress() {
  HttpProgress progress;
  progress.ms = ms_since(begun_);
  progress.idle = idle_;
  progress.sent = info<curl_off_t>(CURLINFO_SIZE_UPLOAD_T);
  progress.to_send = info<curl_off_t>(CURLINFO_CONTENT_LENGTH_UPLOAD_T);
  progress.received = download_.size();
  progress.to_receive = info<curl_off_t>(CURLINFO_CONTENT_LENGTH_DOWNLOAD_T);
  progress.verify_result = info<long>(CURLINFO_SSL_VERIFYRESULT);
  progress.system_error = info<long>(CURLINFO_OS_ERRNO);
  progress.proxy_status = info<long>(CURLINFO_HTTP_CONNECTCODE);
  progress.reason = options_.reason();
  progress.phase = phase(progress);
  return progress;
}

HttpAnswer HttpExchange::answer() {
  HttpAnswer answer;
  answer.status = static_cast<int>(info<long>(CURLINFO_RESPONSE_CODE));
  download_.complete(answer.status);
  answer.body = download_.take_text();
  answer.size = download_.size();
  answer.headers = std::move(headers_);
  answer.version = version_text(info<long>(CURLINFO_HTTP_VERSION));
  if (const char* target = info<char*>(CURLINFO_REDIRECT_URL); target != nullptr && is_redirect(answer.status)) {
    answer.redirect = target;
  }
  const bool asks = std::any_of(answer.headers.begin(), answer.headers.end(),
                                [](const auto& header) { return header.first == "retry-after"; });
  if (asks) answer.retry_after_ms = info<curl_off_t>(CURLINFO_RETRY_AFTER) * 1000;
  return answer;
}

}  // namespace tide
