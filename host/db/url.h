#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "db/drivers.h"

namespace tide {

// A secret inside a URL or a libpq keyword string: where it stands.
struct SecretSpan {
  std::size_t begin = 0;
  std::size_t size = 0;
  bool encoded = false;  // percent-encoded, as in a URL; otherwise libpq's quoting
  bool misread = false;  // holds a character that ends the password for libpq, and had to be encoded
};

// In the order they stand, without overlaps.
std::vector<SecretSpan> find_url_secrets(std::string_view url);

}  // namespace tide
