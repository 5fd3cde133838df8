#pragma once

#include <optional>
#include <string>

#include "backup/manifest.h"

namespace tide {

// What `verify` wrote beside a backup.
struct ProofRecord {
  Proof proof = Proof::kNone;
  std::string at;          // ISO, UTC
  bool unchanged = false;  // no file was touched since, as far as size, times and inode tell
};

void record_proof(const std::string& folder, const Manifest& manifest, Proof proof);
void void_proof(const std::string& folder) noexcept;
// None when there is none, or when it is of another manifest or other bytes than this one's.
std::optional<ProofRecord> read_proof(const std::string& folder, const Manifest& manifest);
// How far the backup is proven now. Files that were touched since (a copy, a restore of the disk) are hashed again;
// kNone when they are not the ones that were proven.
Proof standing_proof(const std::string& folder, const Manifest& manifest);

}  // namespace tide
