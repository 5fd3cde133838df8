#include "base/mail.h"

#include <algorithm>
#include <ctime>

#include "base/text.h"
#include "tide/error.h"

namespace tide {
namespace {

constexpr std::size_t kLine = 76;         // characters of a line of base64
constexpr std::size_t kEncodedWord = 45;  // bytes in an encoded word, which has 75 characters at most

bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

void check_header(std::string_view name, std::string_view text) {
  if (text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos) return;
  throw Error(ErrorKind::kUsage, cat("mail: ", name, " holds a line break"));
}

// Of a text that is not ASCII, pieces of whole characters: =?UTF-8?B?...?=
std::string encoded_words(std::string_view text) {
  if (is_plain(text)) return std::string(text);
  std::string out;
  while (!text.empty()) {
    std::size_t size = std::min(text.size(), kEncodedWord);
    while (size < text.size() && size > 1 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
    out += cat(out.empty() ? "" : "\r\n ", "=?UTF-8?B?", base64(text.substr(0, size)), "?=");
    text.remove_prefix(size);
  }
  return out;
}

std::string shown_address(const std::string& text) {
  const std::string address = mail_address(text);
  const std::size_t open = text.rfind('<');
  if (open == std::string::npos) return address;
  return cat(encoded_words(trim(std::string_view(text).substr(0, open))), " <", address, ">");
}

std::string date_text(std::int64_t at_ms) {
  const std::time_t seconds = static_cast<std::time_t>(at_ms / 1000);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  char clock[32];
  std::strftime(clock, sizeof clock, "%Y %H:%M:%S +0000", &utc);
  return cat(kDays[utc.tm_wday], ", ", utc.tm_mday, " ", kMonths[utc.tm_mon], " ", std::string_view(clock));
}

std::string in_lines(const std::string& text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += kLine) out += cat(text.substr(at, kLine), "\r\n");
  return out;
}

}  // namespace

std::string base64(std::string_view bytes) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::string_view three = bytes.substr(at, 3);
    unsigned bits = 0;
    for (std::size_t i = 0; i < 3; ++i)
      bits = bits << 8 | (i < three.size() ? static_cast<unsigned char>(three[i]) : 0u);
    for (std::size_t i = 0; i < 4; ++i) out += i <= three.size() ? kDigits[bits >> (18 - 6 * i) & 63] : '=';
  }
  return out;
}

std::string mail_address(std::string_view text) {
  check_header("an address", text);
  const std::size_t open = text.rfind('<');
  const bool named = open != std::string_view::npos && ends_with(trim(text), ">");
  std::string_view address = trim(text);
  if (named) address = text.substr(open + 1, text.rfind('>') - open - 1);
  const std::size_t at = address.find('@');
  const bool whole = at != std::string_view::npos && at > 0 && at + 1 < address.size() && is_plain(address) &&
                     address.find_first_of(" <>,;\"") == std::string_view::npos &&
                     address.find('@', at + 1) == std::string_view::npos;
  if (whole) return std::string(address);
  throw Error(ErrorKind::kUsage, cat("mail: '", text, "' is no address such as ops@example.test"));
}

std::string mail_message(const Mail& mail, std::int64_t at_ms) {
  if (mail.to.empty()) throw Error(ErrorKind::kUsage, "mail: nobody to send it to");
  check_header("the subject", mail.subject);
  std::vector<std::string> to;
  for (const std::string& address : mail.to) to.push_back(shown_address(address));
  return cat("Date: ", date_text(at_ms), "\r\nFrom: ", shown_address(mail.from), "\r\nTo: ", join(to, ",\r\n "),
             "\r\nSubject: ", encoded_words(mail.subject),
             "\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
             "Content-Transfer-Encoding: base64\r\n\r\n",
             in_lines(base64(mail.text)));
}

}  // namespace tide
