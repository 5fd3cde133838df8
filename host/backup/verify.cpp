#include "backup/verify.h"

#include <algorithm>
#include <chrono>
#include <future>

#include "backup/clock.h"
#include "backup/proof.h"
#include "backup/tables.h"
#include "backup/tree.h"
#include "base/text.h"
#include "sys/files.h"
#include "tide/error.h"

namespace tide {
namespace {

constexpr std::size_t kShownDifferences = 5;

Error refused(const std::string& why) { return Error(ErrorKind::kVerify, why); }

void require_young(const Manifest& manifest, std::int64_t max_age_ms) {
  if (max_age_ms <= 0) return;
  const std::int64_t age = now_ms() - parse_iso_ms(manifest.started_at);
  if (age <= max_age_ms) return;
  throw refused(cat("it is ", human_duration(static_cast<double>(age)), " old, older than the ",
                    human_duration(static_cast<double>(max_age_ms)), " allowed"));
}

const BackupFile* find_file(const std::vector<BackupFile>& files, const std::string& name) {
  for (const BackupFile& file : files) {
    if (file.name == name) return &file;
  }
  return nullptr;
}

void require_size(const BackupFile& expected, const BackupFile* found) {
  if (found == nullptr) throw refused(cat("its file ", expected.name, " is missing"));
  if (found->size == expected.size) return;
  if (found->size == 0) throw refused(cat("its file ", expected.name, " is empty"));
  throw refused(cat("its file ", expected.name, found->size < expected.size ? " is truncated: " : " has grown: ",
                    found->size, " bytes, ", expected.size, " were written"));
}

// The files as they were written; read as their format at the same time where that is asked for.
void verify_bytes(const BackupContext& context, const StoredBackup& backup, bool readable) {
  verify_files(context, backup);
  std::future<void> reading;
  if (readable) reading = std::async(std::launch::async, [&] { verify_readable(context, backup); });
  verify_hash(context, backup);
  if (readable) reading.get();
}

class Verifier {
 public:
  Verifier(const BackupContext& context, const StoredBackup& backup, const VerifyOptions& options)
      : context_(context), backup_(backup), options_(options), wanted_(options.level.value_or(Proof::kRestored)) {
    result_.label = backup.label;
  }

  Verification run() {
    const auto begun = std::chrono::steady_clock::now();
    if (!backup_.manifest) throw refused(backup_.problem);
    require_young(*backup_.manifest, options_.max_age_ms);
    if (!options_.other_database) check_database();
    backup_.manifest->format == BackupFormat::kSqlite ? prove_sqlite() : prove_postgres();
    keep();
    result_.ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun).count();
    return result_;
  }

 private:
  // A backup can be proven while its database is away; then only whose it is cannot be told.
  void check_database() {
    try {
      require_same_place(*backup_.manifest, identity_of(*BackupSession(context_.url)));
    } catch (const Error& error) {
      if (error.kind != ErrorKind::kConnect) throw;
      result_.notes.push_back(cat("whether it is of this database was not checked: ", error.message));
    }
  }

  void prove_sqlite() {
    verify_files(context_, backup_);
    verify_hash(context_, backup_);
    if (wanted_ >= Proof::kDecompressed) verify_sqlite_copy(context_, backup_, wanted_ == Proof::kRestored);
    result_.proof = wanted_;
  }

  void prove_postgres() {
    verify_bytes(context_, backup_, wanted_ >= Proof::kDecompressed);
    result_.proof = std::min(wanted_, Proof::kDecompressed);
    if (wanted_ != Proof::kRestored) return;
    const std::string why = verify_restored_postgres(context_, backup_, options_);
    if (!why.empty() && options_.level) {
      throw Error(ErrorKind::kUsage, cat("the level restored cannot be reached here: ", why));
    }
    if (why.empty()) {
      result_.proof = Proof::kRestored;
    } else {
      result_.notes.push_back(cat("not restored: ", why));
    }
  }

  // What was proven stronger before, of the same bytes, stays.
  void keep() {
    if (backup_.proof && backup_.proof->unchanged && backup_.proof->proof > result_.proof) return;
    try {
      record_proof(backup_.folder, *backup_.manifest, result_.proof);
    } catch (const Error& error) {
      result_.notes.push_back(cat("the proof could not be kept: ", error.message));
    }
  }

  const BackupContext& context_;
  const StoredBackup& backup_;
  const VerifyOptions& options_;
  Proof wanted_;
  Verification result_;
};

bool voids_proof(const Error& error, const StoredBackup& backup) {
  return error.kind == ErrorKind::kVerify && backup.proof.has_value();
}

}  // namespace

void verify_files(const BackupContext&, const StoredBackup& backup) {
  const Manifest& manifest = *backup.manifest;
  const std::string data = backup.data_path();
  if (!is_file(data) && !is_directory(data)) throw refused(cat("its data, ", manifest.data, ", is missing"));
  const std::vector<BackupFile> found = files_of(backup.folder, manifest.data);
  for (const BackupFile& file : manifest.files) require_size(file, find_file(found, file.name));
  for (const BackupFile& file : found) {
    if (find_file(manifest.files, file.name) == nullptr) {
      throw refused(cat("the file ", file.name, " is not in its manifest"));
    }
  }
}

void verify_hash(const BackupContext& context, const StoredBackup& backup) {
  std::vector<BackupFile> files = files_of(backup.folder, backup.manifest->data);
  hash_files(backup.folder, files,
             [&](std::int64_t done, std::int64_t total) { context.progress(cat("hash ", backup.label), done, total); });
  for (const BackupFile& file : files) {
    const BackupFile* expected = find_file(backup.manifest->files, file.name);
    if (expected != nullptr && expected->sha256 == file.sha256) continue;
    throw refused(cat("the bytes of ", file.name, " are not those that were written: its SHA-256 is ", file.sha256,
                      expected ? cat(", the manifest says ", expected->sha256) : ""));
  }
}

void require_same_tables(const Manifest& manifest, const BackupSession& session) {
  std::vector<TableRows> found = list_tables(session, {}).tables;
  count_tables(session, found);
  std::vector<std::string> differences = table_differences(manifest.tables, found);
  if (differences.empty()) return;
  const std::size_t all = differences.size();
  if (all > kShownDifferences) {
    differences.resize(kShownDifferences);
    differences.push_back(cat("and ", all - kShownDifferences, " more"));
  }
  throw refused(cat("what was restored is not what was backed up: ", join(differences, "; ")));
}

Verification verify_backup(const BackupContext& context, const StoredBackup& backup, const VerifyOptions& options) {
  try {
    return Verifier(context, backup, options).run();
  } catch (Error& error) {
    if (voids_proof(error, backup)) void_proof(backup.folder);
    if (error.kind == ErrorKind::kVerify)
      error.message = cat("the backup ", backup.label, " is refused: ", error.message);
    throw;
  }
}

}  // namespace tide
