#pragma once

#include <string>
#include <string_view>

#include "sys/http_library.h"

namespace tide {

// A URL for people: without userinfo, and with *** for the values in its query that look like secrets (token, key,
// signature, password ...).
std::string public_url(std::string_view url);

// The URL in the form that AWS signs, which curl leaves to its caller: each part percent-encoded in the one way, the
// query sorted.
std::string canonical_url(std::string_view url);

struct HttpUrl {
  std::string scheme;  // "http" or "https"
  std::string host;
  std::string port;  // "443" also where the URL does not say it
  std::string user;  // decoded
  std::string password;
  std::string without_userinfo;  // the whole URL

  bool same_origin(const HttpUrl& other) const {
    return scheme == other.scheme && host == other.host && port == other.port;
  }
};

// Read by curl's own parser, so that both always see the same host. Raises kUsage.
HttpUrl parse_url(const HttpLibrary& curl, const std::string& url);

}  // namespace tide
