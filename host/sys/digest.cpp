#include "sys/digest.h"

#include <sodium.h>

#include <cstring>
#include <new>

namespace tide {
namespace {

using State = crypto_hash_sha256_state;

State* state_in(std::byte* room) { return std::launder(reinterpret_cast<State*>(room)); }

}  // namespace

Sha256::Sha256() {
  static_assert(sizeof(State) <= sizeof(state_) && alignof(State) <= 16);
  crypto_hash_sha256_init(new (state_) State);
}

void Sha256::update(std::string_view bytes) {
  crypto_hash_sha256_update(state_in(state_), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

std::string Sha256::hex() {
  unsigned char digest[crypto_hash_sha256_BYTES];
  crypto_hash_sha256_final(state_in(state_), digest);
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * sizeof digest);
  for (unsigned char byte : digest) {
    text.push_back(kDigits[byte >> 4]);
    text.push_back(kDigits[byte & 15]);
  }
  return text;
}

std::string sha256_hex(std::string_view bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.hex();
}

std::uint64_t short_hash(std::string_view bytes) {
  static constexpr unsigned char kKey[crypto_shorthash_KEYBYTES] = {};
  unsigned char digest[crypto_shorthash_BYTES];
  crypto_shorthash(digest, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), kKey);
  std::uint64_t hash = 0;
  std::memcpy(&hash, digest, sizeof hash);
  return hash;
}

}  // namespace tide
