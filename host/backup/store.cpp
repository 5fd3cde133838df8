#include "backup/store.h"

#include <algorithm>

#include "base/text.h"
#include "sys/files.h"
#include "tide/error.h"

namespace tide {
namespace {

constexpr std::string_view kLabelCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-+@";
constexpr std::size_t kLongestLabel = 150;

StoredBackup read_backup(const std::string& dir, const std::string& label) {
  StoredBackup backup{label, cat(dir, "/", label), std::nullopt, "", std::nullopt};
  try {
    backup.manifest = parse_manifest(read_file(cat(backup.folder, kManifestFile)));
    backup.proof = read_proof(backup.folder, *backup.manifest);
  } catch (const Error& error) {
    backup.problem = error.message;
  }
  return backup;
}

bool newer(const StoredBackup& a, const StoredBackup& b) {
  if (!a.manifest || !b.manifest) return a.manifest.has_value() && !b.manifest;
  if (a.manifest->finished_at != b.manifest->finished_at) return a.manifest->finished_at > b.manifest->finished_at;
  return a.label > b.label;
}

Error none_named(const std::string& dir, const std::string& label, const std::vector<StoredBackup>& all) {
  std::vector<std::string> labels;
  for (const StoredBackup& one : all) labels.push_back(one.label);
  const std::string near = nearest(label, labels);
  const std::string guess = near.empty() ? "" : cat("; did you mean '", near, "'?");
  return Error(ErrorKind::kUsage, cat("there is no backup '", label, "' in ", dir, guess)).advise("tide backup list");
}

}  // namespace

std::vector<StoredBackup> list_backups(const std::string& dir) {
  std::vector<StoredBackup> backups;
  if (!is_directory(dir)) return backups;
  for (const DirectoryEntry& entry : list_directory(dir)) {
    const bool ours = entry.is_directory && entry.name[0] != '.' && is_file(cat(dir, "/", entry.name, kManifestFile));
    if (ours) backups.push_back(read_backup(dir, entry.name));
  }
  std::sort(backups.begin(), backups.end(), newer);
  return backups;
}

StoredBackup find_backup(const std::string& dir, const std::string& label, const DatabaseIdentity* database) {
  const std::vector<StoredBackup> all = list_backups(dir);
  for (const StoredBackup& one : all) {
    const bool fits = !database || (one.manifest && same_place(one.manifest->database, *database));
    if (label.empty() ? fits : one.label == label) return one;
  }
  if (!label.empty()) throw none_named(dir, label, all);
  const std::string of = database != nullptr ? cat(" of ", short_name(*database)) : "";
  throw Error(ErrorKind::kUsage, cat("there is no backup", of, " in ", dir)).advise("tide backup create");
}

void check_label(const std::string& label) {
  const bool known = label.find_first_not_of(kLabelCharacters) == std::string::npos;
  if (!label.empty() && label[0] != '.' && label[0] != '-' && known && label.size() <= kLongestLabel) return;
  throw Error(ErrorKind::kUsage, cat("'", label, "' is no label: letters, digits and . _ - + @ are, at most ",
                                     kLongestLabel, " of them, none of . and - as the first"));
}

}  // namespace tide
