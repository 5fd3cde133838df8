#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tide {

// SHA-256 of what is fed to it piece by piece.
class Sha256 {
 public:
  Sha256();
  void update(std::string_view bytes);
  std::string hex();  // 64 lower-case digits; call it once, at the end

 private:
  // room for libsodium's state, whose header stays in digest.cpp
  alignas(16) std::byte state_[128];
};

std::string sha256_hex(std::string_view bytes);

// SipHash-2-4 under a fixed key: tells texts apart that differ by chance, not by intent.
std::uint64_t short_hash(std::string_view bytes);

}  // namespace tide
