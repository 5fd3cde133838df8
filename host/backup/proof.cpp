#include "backup/proof.h"

#include <unistd.h>

#include "backup/clock.h"
#include "backup/store.h"
#include "backup/tree.h"
#include "base/json.h"
#include "base/text.h"
#include "sys/digest.h"
#include "sys/files.h"
#include "tide/error.h"

namespace tide {
namespace {

constexpr const char* kFile = "/proof.json";

std::string stamp_of(const std::string& path) {
  const FileStamp stamp = Directory(parent_directory(path)).stamp(base_name(path));
  return cat(stamp.inode, ":", stamp.size, ":", stamp.modified_ns, ":", stamp.changed_ns);
}

// Of the manifest and of every file, as the system sees them.
std::string stamps_of(const std::string& folder, const Manifest& manifest) {
  std::string all = stamp_of(cat(folder, kManifestFile));
  for (const BackupFile& file : manifest.files) all += cat(" ", stamp_of(cat(folder, "/", file.name)));
  return sha256_hex(all);
}

std::string text_of(const Json& json, const char* key) {
  const Json* found = json.find(key);
  const auto* text = found != nullptr ? std::get_if<std::string>(&found->data) : nullptr;
  return text != nullptr ? *text : "";
}

std::string now_stamps(const std::string& folder, const Manifest& manifest) {
  try {
    return stamps_of(folder, manifest);
  } catch (const Error&) {
    return "";
  }
}

bool same_bytes(const std::string& folder, const Manifest& manifest) {
  std::vector<BackupFile> files = files_of(folder, manifest.data);
  hash_files(folder, files, [](std::int64_t, std::int64_t) {});
  Manifest now = manifest;
  now.files = std::move(files);
  return manifest_text(now) == manifest_text(manifest);
}

}  // namespace

void record_proof(const std::string& folder, const Manifest& manifest, Proof proof) {
  const Json record = Json::Object{{"proof", proof_name(proof)},
                                   {"at", iso_time(now_ms())},
                                   {"sha256", manifest.sha256()},
                                   {"manifest_sha256", sha256_hex(manifest_text(manifest))},
                                   {"stamps", stamps_of(folder, manifest)}};
  write_file(cat(folder, kFile), dump_json(record, 2) + "\n");
}

void void_proof(const std::string& folder) noexcept { ::unlink(cat(folder, kFile).c_str()); }

std::optional<ProofRecord> read_proof(const std::string& folder, const Manifest& manifest) {
  try {
    const Json json = parse_json(read_file(cat(folder, kFile)));
    if (text_of(json, "manifest_sha256") != sha256_hex(manifest_text(manifest))) return std::nullopt;
    ProofRecord record{proof_of(text_of(json, "proof")), text_of(json, "at"), false};
    record.unchanged = text_of(json, "stamps") == now_stamps(folder, manifest);
    return record;
  } catch (const Error&) {
    return std::nullopt;
  }
}

Proof standing_proof(const std::string& folder, const Manifest& manifest) {
  const auto record = read_proof(folder, manifest);
  if (!record) return Proof::kNone;
  return record->unchanged || same_bytes(folder, manifest) ? record->proof : Proof::kNone;
}

}  // namespace tide
