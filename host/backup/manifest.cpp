#include "backup/manifest.h"

#include <iterator>

#include "base/text.h"
#include "sys/digest.h"
#include "sys/files.h"
#include "tide/error.h"

namespace tide {
namespace {

constexpr const char* kProofs[] = {"none", "hash", "decompressed", "restored"};
constexpr const char* kFormats[] = {"custom", "directory", "plain", "sqlite"};

template <std::size_t kCount>
std::size_t position(const char* const (&names)[kCount], std::string_view word, const char* what, std::size_t first) {
  for (std::size_t i = first; i < kCount; ++i) {
    if (word == names[i]) return i;
  }
  const std::vector<std::string> all(names + first, names + kCount);
  throw Error(ErrorKind::kUsage, cat(what, " is one of ", join(all, ", "), "; '", word, "' is none of them"));
}

}  // namespace

const char* proof_name(Proof proof) { return kProofs[static_cast<std::size_t>(proof)]; }
Proof proof_of(std::string_view name) { return static_cast<Proof>(position(kProofs, name, "the level", 1)); }

const char* format_name(BackupFormat format) { return kFormats[static_cast<std::size_t>(format)]; }
BackupFormat format_of(std::string_view name) {
  return static_cast<BackupFormat>(position(kFormats, name, "the format", 0));
}

bool same_database(const DatabaseIdentity& a, const DatabaseIdentity& b) {
  if (a.engine != b.engine || a.object.empty() || a.object != b.object) return false;
  return a.system == b.system && (!a.system.empty() || a.name == b.name);
}

bool same_place(const DatabaseIdentity& a, const DatabaseIdentity& b) {
  return a.engine == b.engine && a.name == b.name && a.system == b.system;
}

std::string short_name(const DatabaseIdentity& identity) {
  return identity.engine == "sqlite" ? base_name(identity.name) : identity.name;
}

std::string table_text(const TableRows& table) {
  return table.schema.empty() ? table.name : cat(table.schema, ".", table.name);
}

std::int64_t Manifest::size() const {
  std::int64_t sum = 0;
  for (const BackupFile& file : files) sum += file.size;
  return sum;
}

std::string Manifest::sha256() const {
  if (files.size() == 1) return files.front().sha256;
  std::string lines;
  for (const BackupFile& file : files) lines += cat(file.sha256, "  ", file.name, "\n");
  return sha256_hex(lines);
}

}  // namespace tide
