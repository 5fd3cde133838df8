#include "sys/digest.h"

#include <gtest/gtest.h>

namespace tide {
namespace {

TEST(Digest, is_sha256_as_published) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Digest, of_pieces_is_the_digest_of_the_whole) {
  Sha256 pieces;
  for (const char* piece : {"a", "", "b", "c"}) pieces.update(piece);
  EXPECT_EQ(pieces.hex(), sha256_hex("abc"));
}

TEST(Digest, tells_bytes_after_a_nul_apart) {
  EXPECT_NE(sha256_hex(std::string_view("a\0b", 3)), sha256_hex(std::string_view("a\0c", 3)));
}

}  // namespace
}  // namespace tide
