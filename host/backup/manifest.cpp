#include "backup/manifest.h"

namespace tide {

const char* proof_name(Proof proof) {
  switch (proof) {
    case Proof::kNone:
      return "none";
    case Proof::kHash:
      return "hash";
    case Proof::kDecompressed:
      return "decompressed";
    case Proof::kRestored:
      return "restored";
  }
  return "none";
}

}  // namespace tide
