#include "backup/newest.h"

#include "backup/clock.h"
#include "backup/proof.h"
#include "base/text.h"

namespace tide {
namespace {

// "" when it counts.
std::string why_not(const StoredBackup& backup, const DatabaseIdentity& database, std::int64_t max_age_ms,
                    Proof at_least) {
  if (!backup.manifest) return cat(backup.label, ": ", backup.problem);
  const Manifest& manifest = *backup.manifest;
  if (!same_database(manifest.database, database)) return cat(backup.label, " is of another database");
  if (!manifest.whole()) return cat(backup.label, " holds a part of the database");
  const std::int64_t age = now_ms() - parse_iso_ms(manifest.started_at);
  if (max_age_ms > 0 && age > max_age_ms) {
    return cat(backup.label, " is ", human_duration(static_cast<double>(age)), " old");
  }
  const Proof proof = standing_proof(backup.folder, manifest);
  if (proof >= at_least) return "";
  return cat(backup.label, proof == Proof::kNone ? " is not verified" : cat(" is proven only as ", proof_name(proof)));
}

}  // namespace

NewestBackup newest_verified(const std::string& dir, Connection& connection, std::int64_t max_age_ms, Proof at_least) {
  const DatabaseIdentity database = identity_of(connection);
  NewestBackup out;
  std::string first_reason;
  for (StoredBackup& backup : list_backups(dir)) {
    const std::string why = why_not(backup, database, max_age_ms, at_least);
    if (why.empty()) {
      out.backup = std::move(backup);
      return out;
    }
    if (first_reason.empty()) first_reason = why;
  }
  out.why_none = first_reason.empty() ? cat("there is no backup in ", dir) : first_reason;
  return out;
}

}  // namespace tide
