#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tide {

// How far a backup has been proven, each including those before it.
enum class Proof : std::uint8_t {
  kNone,
  kHash,          // the file is the one that was written: size and SHA-256
  kDecompressed,  // every byte of it can be read as the format it claims to be
  kRestored,      // restored into a throwaway database, and every table has the rows that the manifest counted
};
const char* proof_name(Proof proof);  // "none", "hash", "decompressed", "restored"

}  // namespace tide
