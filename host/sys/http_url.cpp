#include "sys/http_url.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <memory>
#include <vector>

#include "base/text.h"
#include "tide/error.h"

namespace tide {

namespace {

constexpr std::array kSecretParts = {"token", "secret", "passw",   "pwd",     "signature", "credential",
                                     "auth",  "apikey", "api_key", "api-key", "session",   "assertion"};
constexpr std::array kSecretNames = {"key", "sig", "code", "pass", "pin", "otp"};

bool is_secret_parameter(std::string_view name) {
  const std::string folded = lower(name);
  const auto within = [&](const char* part) { return folded.find(part) != std::string::npos; };
  return std::any_of(kSecretParts.begin(), kSecretParts.end(), within) ||
         std::find(kSecretNames.begin(), kSecretNames.end(), folded) != kSecretNames.end() ||
         ends_with(folded, "_key") || ends_with(folded, "-key");
}

std::string masked_query(std::string_view query) {
  std::vector<std::string> members = split(query, '&');
  for (std::string& member : members) {
    const auto equals = member.find('=');
    if (equals != std::string::npos && is_secret_parameter({member.data(), equals})) {
      member.replace(equals + 1, std::string::npos, "***");
    }
  }
  return join(members, "&");
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char folded = static_cast<char>(c | 0x20);
  return folded >= 'a' && folded <= 'f' ? folded - 'a' + 10 : -1;
}

// "%2f" and "/" alike become `kept` or percent-encoded, in capitals.
std::string encoded(std::string_view text, std::string_view kept) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    int byte = static_cast<unsigned char>(text[i]);
    const bool escaped =
        byte == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0;
    if (escaped) {
      byte = hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]);
      i += 2;
    }
    const char c = static_cast<char>(byte);
    const bool plain =
        byte < 0x80 && (std::isalnum(byte) != 0 || std::string_view("-._~").find(c) != std::string_view::npos);
    if (plain || (!escaped && kept.find(c) != std::string_view::npos)) {
      out += c;
    } else {
      out += cat('%', kDigits[static_cast<std::size_t>(byte) / 16], kDigits[static_cast<std::size_t>(byte) % 16]);
    }
  }
  return out;
}

std::string canonical_query(std::string_view query) {
  std::vector<std::string> members;
  for (std::string& member : split(query, '&')) {
    if (member.empty()) continue;
    std::replace(member.begin(), member.end(), '+', ' ');  // what a "+" in a query stands for
    const auto equals = std::min(member.find('='), member.size());
    const std::string_view value = std::string_view(member).substr(std::min(equals + 1, member.size()));
    members.push_back(cat(encoded(std::string_view(member).substr(0, equals), ""), "=", encoded(value, "")));
  }
  std::sort(members.begin(), members.end());
  return join(members, "&");
}

// Behind "https://", however many slashes there are: a typing mistake must not show a password.
std::size_t authority_of(std::string_view url) {
  const auto colon = url.find_first_of(":/?#");
  if (colon == std::string_view::npos || url[colon] != ':') return 0;
  return std::min(url.find_first_not_of('/', colon + 1), url.size());
}

// Where the parts of a URL begin; its size where a part is missing.
struct Marks {
  explicit Marks(std::string_view url)
      : authority(authority_of(url)),
        path(std::min(url.find_first_of("/?#", authority), url.size())),
        fragment(std::min(url.find('#', path), url.size())),
        query(std::min(url.find('?', path), fragment)) {}
  std::size_t authority, path, fragment, query;
};

std::string_view without_userinfo(std::string_view authority) {
  const auto at = authority.rfind('@');
  return at == std::string_view::npos ? authority : authority.substr(at + 1);
}

// One URL taken apart by curl.
class UrlReader {
 public:
  UrlReader(const HttpLibrary& curl, const std::string& url)
      : curl_(curl), url_(curl.url(), curl.url_cleanup), text_(url) {
    if (!url_) throw Error(ErrorKind::kInternal, "no memory for a URL");
    if (curl_.url_set(url_.get(), CURLUPART_URL, url.c_str(), CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK) fail();
  }

  // "" where the URL has no such part
  std::string part(CURLUPart which, unsigned flags = 0) const {
    char* found = nullptr;
    if (curl_.url_get(url_.get(), which, &found, flags) != CURLUE_OK) return "";
    const std::unique_ptr<char, decltype(curl_.free)> owned(found, curl_.free);
    return found;
  }
  void remove(CURLUPart which) const { curl_.url_set(url_.get(), which, nullptr, 0); }

  [[noreturn]] void fail() const {
    throw Error(ErrorKind::kUsage,
                cat("\"", public_url(text_), "\" is not a URL that http can ask: http://HOST/PATH or ",
                    "https://HOST/PATH, blanks and such written as %20"));
  }

 private:
  const HttpLibrary& curl_;
  std::unique_ptr<CURLU, decltype(&::curl_url_cleanup)> url_;
  const std::string& text_;
};

}  // namespace

std::string public_url(std::string_view url) {
  const Marks at(url);
  std::string text =
      cat(url.substr(0, at.authority), without_userinfo(url.substr(at.authority, at.path - at.authority)),
          url.substr(at.path, at.query - at.path));
  if (at.query < at.fragment) text += cat("?", masked_query(url.substr(at.query + 1, at.fragment - at.query - 1)));
  return text;
}

std::string canonical_url(std::string_view url) {
  const Marks at(url);
  const std::string path = encoded(url.substr(at.path, at.query - at.path), "/");
  std::string text = cat(url.substr(0, at.path), path.empty() ? "/" : path);
  if (at.query < at.fragment) text += cat("?", canonical_query(url.substr(at.query + 1, at.fragment - at.query - 1)));
  return text;
}

HttpUrl parse_url(const HttpLibrary& curl, const std::string& url) {
  const UrlReader reader(curl, url);
  HttpUrl parts;
  parts.scheme = lower(reader.part(CURLUPART_SCHEME));
  parts.host = lower(reader.part(CURLUPART_HOST));
  parts.port = reader.part(CURLUPART_PORT, CURLU_DEFAULT_PORT);
  if ((parts.scheme != "http" && parts.scheme != "https") || parts.host.empty()) reader.fail();
  const std::size_t authority = parts.scheme.size() + 3;
  if (url.compare(parts.scheme.size(), 3, "://") != 0 || url.compare(authority, 1, "/") == 0) reader.fail();
  parts.user = reader.part(CURLUPART_USER, CURLU_URLDECODE);
  parts.password = reader.part(CURLUPART_PASSWORD, CURLU_URLDECODE);
  parts.without_userinfo = url;
  if (!parts.user.empty() || !parts.password.empty()) {
    reader.remove(CURLUPART_USER);
    reader.remove(CURLUPART_PASSWORD);
    parts.without_userinfo = reader.part(CURLUPART_URL);
  }
  return parts;
}

}  // namespace tide
