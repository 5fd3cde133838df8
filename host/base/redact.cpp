#include "base/redact.h"

#include <algorithm>
#include <cctype>
#include <mutex>

#include "base/text.h"

namespace tide {
namespace {

constexpr std::size_t kShortest = 3;
constexpr std::size_t kDistinctive = 8;
constexpr const char* kMask = "***";

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool is_blank(char c) { return c == ' ' || c == '\t'; }

bool stands_alone(std::string_view text, std::size_t begin, std::size_t end) {
  const bool joined_left = begin > 0 && is_word(text[begin - 1]) && is_word(text[begin]);
  const bool joined_right = end < text.size() && is_word(text[end]) && is_word(text[end - 1]);
  return !joined_left && !joined_right;
}

void replace_secret(std::string& text, const std::string& secret) {
  std::size_t at = 0;
  while ((at = text.find(secret, at)) != std::string::npos) {
    const std::size_t end = at + secret.size();
    if (secret.size() >= kDistinctive || stands_alone(text, at, end)) {
      text.replace(at, secret.size(), kMask);
      at += 3;
    } else {
      at = end;
    }
  }
}

// "scheme://user:password@host": the password ends at the last @ before the path or a blank.
void mask_url_passwords(std::string& text) {
  std::size_t at = 0;
  while ((at = text.find("://", at)) != std::string::npos) {
    at += 3;
    const std::size_t end = std::min(text.find_first_of("/?# \t\r\n\"'<>", at), text.size());
    const std::size_t host = text.rfind('@', end == text.size() ? std::string::npos : end);
    const std::size_t colon = text.find(':', at);
    if (host == std::string::npos || host < at || colon >= host) continue;
    text.replace(colon + 1, host - colon - 1, kMask);
  }
}

// Where the value at `at` ends: a quoted one behind its quote, a bare one before `stops`.
std::size_t value_end(const std::string& text, std::size_t at, const char* stops) {
  if (at < text.size() && (text[at] == '\'' || text[at] == '"')) {
    std::size_t close = at + 1;
    while (close < text.size() && text[close] != text[at]) close += text[close] == '\\' ? 2 : 1;
    return std::min(close + 1, text.size());
  }
  return std::min(text.find_first_of(stops, at), text.size());
}

std::size_t skip_blanks(const std::string& text, std::size_t at) {
  while (at < text.size() && is_blank(text[at])) ++at;
  return at;
}

// What follows `word`: the first character of its secret value, or npos when none follows.
using ValueStart = std::size_t (*)(const std::string& text, std::size_t after_word);

void mask_after(std::string& text, std::string_view word, ValueStart value_start, const char* stops) {
  std::string folded = lower(text);
  std::size_t at = 0;
  while ((at = folded.find(word, at)) != std::string::npos) {
    at += word.size();
    const std::size_t begin = value_start(text, at);
    if (begin == std::string::npos || begin >= text.size() || text.compare(begin, 3, kMask) == 0) continue;
    const std::size_t end = value_end(text, begin, stops);
    text.replace(begin, end - begin, kMask);
    folded = lower(text);
    at = begin + 3;
  }
}

std::size_t after_equals(const std::string& text, std::size_t at) {
  const bool assigned = at + 1 < text.size() && text[at] == '=' && text[at + 1] != '$' && !is_blank(text[at + 1]);
  return assigned ? at + 1 : std::string::npos;
}

std::size_t after_colon(const std::string& text, std::size_t at) {
  if (at < text.size() && (text[at] == '"' || text[at] == '\'')) ++at;
  at = skip_blanks(text, at);
  if (at >= text.size() || (text[at] != ':' && text[at] != '=')) return std::string::npos;
  return skip_blanks(text, at + 1);
}

std::size_t quoted_after_blank(const std::string& text, std::size_t at) {
  const std::size_t begin = skip_blanks(text, at);
  return begin > at && begin < text.size() && text[begin] == '\'' ? begin : std::string::npos;
}

std::size_t after_blank(const std::string& text, std::size_t at) {
  const std::size_t begin = skip_blanks(text, at);
  return begin > at ? begin : std::string::npos;
}

}  // namespace

void Redactor::add(std::string secret) {
  const std::unique_lock lock(mutex_);
  if (secret.size() < kShortest || std::find(secrets_.begin(), secrets_.end(), secret) != secrets_.end()) return;
  const auto shorter = [&](const std::string& other) { return other.size() < secret.size(); };
  secrets_.insert(std::find_if(secrets_.begin(), secrets_.end(), shorter), std::move(secret));
}

std::string Redactor::redact(std::string_view text) const {
  std::string out(text);
  {
    const std::shared_lock lock(mutex_);
    for (const std::string& secret : secrets_) replace_secret(out, secret);
  }
  mask_url_passwords(out);
  mask_after(out, "password", after_equals, " \t\r\n&;,)'\"");
  mask_after(out, "password", quoted_after_blank, "");
  mask_after(out, "authorization", after_colon, "\r\n\"'");
  mask_after(out, "bearer", after_blank, " \t\r\n\"',;)");
  return out;
}

}  // namespace tide
