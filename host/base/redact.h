#pragma once

#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

namespace tide {

// Replaces secrets by ***. Besides the secrets it was told, it knows what a secret looks like: the password of a
// URL, `password=...`, PASSWORD '...' in SQL, Authorization headers and bearer tokens. Any thread may call it.
class Redactor {
 public:
  // Ignored below three characters: such a text is everywhere. One below eight characters is replaced only where
  // it stands as a word of its own.
  void add(std::string secret);

  std::string redact(std::string_view text) const;

 private:
  mutable std::shared_mutex mutex_;
  std::vector<std::string> secrets_;  // longest first, so that no secret survives as the rest of a longer one
};

}  // namespace tide
