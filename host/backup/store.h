#pragma once

#include <optional>
#include <string>
#include <vector>

#include "backup/manifest.h"
#include "backup/proof.h"

namespace tide {

inline constexpr const char* kManifestFile = "/manifest.json";

// A backup: a folder with the data, its manifest, and how far it was proven. It appears by one rename and is complete
// from that moment on.
struct StoredBackup {
  std::string label;
  std::string folder;                // its own
  std::optional<Manifest> manifest;  // none: damaged
  std::string problem;               // why
  std::optional<ProofRecord> proof;

  std::string data_path() const { return folder + "/" + manifest->data; }
};

// Newest first, damaged ones last. A folder that is not there holds none.
std::vector<StoredBackup> list_backups(const std::string& dir);
// By label; "" is the newest of that place (see same_place), or of all when that is null. kUsage when there is none:
// the message names the nearest.
StoredBackup find_backup(const std::string& dir, const std::string& label, const DatabaseIdentity* database);
// kUsage for what is no good name of a folder.
void check_label(const std::string& label);

}  // namespace tide
