#include "sys/http_mail.h"

#include <algorithm>
#include <chrono>
#include <memory>

#include "base/text.h"
#include "sys/http_exchange.h"
#include "sys/interrupt.h"
#include "tide/error.h"

namespace tide {
namespace {

constexpr int kPollMs = 100;

std::int64_t now_since_1970_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

void check_server(const std::string& url) {
  const std::string start = lower(url.substr(0, url.find("://")));
  if (url.find("://") != std::string::npos && (start == "smtp" || start == "smtps")) return;
  throw Error(ErrorKind::kUsage, "mail: the server is a URL such as smtp://user:password@host:587 or smtps://host");
}

bool has_password(const std::string& url) { return url.find('@') != std::string::npos; }

// One message on its way to the server.
class Delivery {
 public:
  Delivery(const MailServer& server, const Mail& mail)
      : message_(mail_message(mail, now_since_1970_ms())), recipients_(nullptr, handles_.curl.slist_free_all) {
    set(CURLOPT_ERRORBUFFER, reason_);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_URL, server.url.c_str());
    set(CURLOPT_USE_SSL, static_cast<long>(has_password(server.url) ? CURLUSESSL_ALL : CURLUSESSL_TRY));
    if (!server.ca.empty()) {
      set(CURLOPT_CAINFO, server.ca.c_str());
      set(CURLOPT_CAPATH, nullptr);
    }
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(server.timeout_ms));
    set(CURLOPT_MAIL_FROM, mail_address(mail.from).c_str());
    for (const std::string& address : mail.to) add_recipient(mail_address(address));
    set(CURLOPT_MAIL_RCPT, recipients_.get());
    set(CURLOPT_UPLOAD, 1L);
    set(CURLOPT_READFUNCTION, &Delivery::on_read);
    set(CURLOPT_READDATA, this);
  }

  void run() {
    const HttpLibrary& curl = handles_.curl;
    curl.multi_add_handle(handles_.multi, handles_.easy);
    const CURLcode code = perform();
    curl.multi_remove_handle(handles_.multi, handles_.easy);
    if (interrupted()) throw Error(ErrorKind::kInterrupted, "interrupted while a mail was sent");
    if (code == CURLE_OK) return;
    throw Error(ErrorKind::kIo,
                cat("the mail was not sent: ", std::string_view(*reason_ ? reason_ : curl.easy_strerror(code))));
  }

 private:
  template <class Argument>
  void set(CURLoption option, Argument argument) {
    const CURLcode code = handles_.curl.easy_setopt(handles_.easy, option, argument);
    if (code == CURLE_OK) return;
    throw Error(ErrorKind::kUsage, cat("mail: ", std::string_view(handles_.curl.easy_strerror(code))));
  }

  void add_recipient(const std::string& address) {
    curl_slist* longer = handles_.curl.slist_append(recipients_.get(), address.c_str());
    if (longer == nullptr) throw Error(ErrorKind::kInternal, "no memory for libcurl");
    if (!recipients_) recipients_.reset(longer);
  }

  static std::size_t on_read(char* buffer, std::size_t size, std::size_t count, void* self) noexcept {
    auto* delivery = static_cast<Delivery*>(self);
    const std::size_t piece = std::min(size * count, delivery->message_.size() - delivery->sent_);
    std::copy_n(delivery->message_.data() + delivery->sent_, piece, buffer);
    delivery->sent_ += piece;
    return piece;
  }

  CURLcode perform() {
    const HttpLibrary& curl = handles_.curl;
    for (int running = 1; !interrupted();) {
      if (curl.multi_perform(handles_.multi, &running) != CURLM_OK) return CURLE_FAILED_INIT;
      if (running == 0) break;
      curl.multi_poll(handles_.multi, nullptr, 0, kPollMs, nullptr);
    }
    int left = 0;
    const CURLMsg* message = curl.multi_info_read(handles_.multi, &left);
    return message != nullptr && message->msg == CURLMSG_DONE ? message->data.result : CURLE_ABORTED_BY_CALLBACK;
  }

  HttpHandles handles_;
  std::string message_;
  std::size_t sent_ = 0;
  std::unique_ptr<curl_slist, decltype(&::curl_slist_free_all)> recipients_;
  char reason_[CURL_ERROR_SIZE] = "";
};

}  // namespace

void send_mail(const MailServer& server, const Mail& mail) {
  check_server(server.url);
  Delivery(server, mail).run();
}

}  // namespace tide
