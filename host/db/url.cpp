#include "db/url.h"

#include <algorithm>

#include "base/text.h"

namespace tide {
namespace {

constexpr std::string_view kSecretNames[] = {"password", "sslpassword", "key"};

bool names_secret(std::string_view name) {
  return std::find(std::begin(kSecretNames), std::end(kSecretNames), lower(name)) != std::end(kSecretNames);
}

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char small = static_cast<char>(c | 32);
  return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
    const int low = high < 0 ? -1 : hex_value(text[i + 2]);
    out.push_back(low < 0 ? text[i] : static_cast<char>(high * 16 + low));
    if (low >= 0) i += 2;
  }
  return out;
}

std::string unquoted(std::string_view text) {
  std::string out;
  const bool quoted = !text.empty() && text.front() == '\'';
  if (quoted) text = text.substr(1, text.size() - (text.size() > 1 && text.back() == '\'' ? 2 : 1));
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    out.push_back(text[i]);
  }
  return out;
}

void add(std::vector<SecretSpan>& spans, std::size_t begin, std::size_t end, bool encoded) {
  if (end > begin) spans.push_back({begin, end - begin, encoded});
}

bool is_port(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// The password between the first ':' and the last '@' of the authority. One that was not encoded may hold '/', '?' or
// '#': then the authority seems to end inside it, in something that is no port.
std::size_t authority_password(std::string_view url, std::size_t begin, std::vector<SecretSpan>& spans) {
  const std::size_t end = std::min(url.find_first_of("/?#", begin), url.size());
  const std::size_t colon = url.find(':', begin);
  if (colon >= end) return end;
  std::size_t at = url.substr(0, end).rfind('@');
  if (at == url.npos || at < begin) {
    const bool brackets = url[begin] == '[' || url.substr(begin, end - begin).find(',') != url.npos;
    at = brackets || is_port(url.substr(colon + 1, end - colon - 1)) ? url.npos : url.rfind('@');
  }
  if (at == url.npos || at < colon) return end;
  add(spans, colon + 1, at, true);
  if (!spans.empty()) spans.back().misread = url.substr(colon + 1, at - colon - 1).find_first_of("/?#@") != url.npos;
  return std::max(end, at + 1);
}

void query_secrets(std::string_view url, std::size_t from, std::vector<SecretSpan>& spans) {
  std::size_t begin = url.find('?', from);
  while (begin < url.size()) {
    const std::size_t end = std::min(url.find_first_of("&#", ++begin), url.size());
    const std::size_t equals = url.find('=', begin);
    if (equals < end && names_secret(url.substr(begin, equals - begin))) add(spans, equals + 1, end, true);
    begin = end;
  }
}

std::size_t end_of_value(std::string_view text, std::size_t at) {
  const bool quoted = at < text.size() && text[at] == '\'';
  if (quoted) ++at;
  for (; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (quoted ? text[at] == '\'' : is_space(text[at])) {
      return quoted ? at + 1 : at;
    }
  }
  return text.size();
}

void keyword_secrets(std::string_view text, std::vector<SecretSpan>& spans) {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t equals = text.find('=', at);
    if (equals == text.npos) return;
    const std::string_view name = trim(text.substr(at, equals - at));
    std::size_t begin = equals + 1;
    while (begin < text.size() && is_space(text[begin])) ++begin;
    at = end_of_value(text, begin);
    if (names_secret(name)) add(spans, begin, at, false);
  }
}

}  // namespace

std::vector<SecretSpan> find_url_secrets(std::string_view url) {
  std::vector<SecretSpan> spans;
  const std::size_t scheme = url.find("://");
  const std::size_t equals = url.find('=');
  if (scheme != url.npos && scheme < equals) {
    query_secrets(url, authority_password(url, scheme + 3, spans), spans);
  } else if (starts_with(url, "sqlite")) {
    query_secrets(url, 0, spans);
  } else {
    keyword_secrets(url, spans);
  }
  return spans;
}

std::string display_url(std::string_view url) {
  std::string out;
  std::size_t from = 0;
  for (const SecretSpan& span : find_url_secrets(url)) {
    out.append(url.substr(from, span.begin - from)).append("***");
    from = span.begin + span.size;
  }
  return out.append(url.substr(from));
}

std::vector<std::string> url_secrets(std::string_view url) {
  std::vector<std::string> out;
  for (const SecretSpan& span : find_url_secrets(url)) {
    const std::string_view written = url.substr(span.begin, span.size);
    out.emplace_back(written);
    std::string decoded = span.encoded ? percent_decoded(written) : unquoted(written);
    if (decoded != written && !decoded.empty()) out.push_back(std::move(decoded));
  }
  return out;
}

}  // namespace tide
