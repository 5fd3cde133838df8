#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "migrate/pace.h"
#include "migrate/rehearsal_record.h"
#include "tide/migration.h"

namespace tide {

// The records of a project, in .tide/rehearsals: a file each, which appears whole.
class RehearsalStore {
 public:
  explicit RehearsalStore(const std::string& project_dir);

  // Returns the file's path. kIo when it cannot be written.
  std::string save(const RehearsalRecord& record) const;
  // Newest first; what cannot be read or was changed is no record, and is left out.
  std::vector<RehearsalRecord> load(const std::string& environment) const;

 private:
  std::string folder_;
};

// What records say of a plan that is to be run.
struct RehearsalProof {
  std::string why;               // why it does not do, for people; "" = it does
  std::string at;                // ISO, UTC
  std::int64_t taken_at_ms = 0;  // since 1970
};

// Of an `up`: the newest record of exactly this plan. Of a plan with a `down` in it: each of its steps, in whatever
// records it was rehearsed; a `down` counts when it brought back what was there. `records` are newest first. The proof
// says why where it fails; age is the gate's matter, and of an `up` only.
RehearsalProof prove_rehearsed(const Plan& plan, const std::vector<RehearsalRecord>& records);

// What the newest record says that has rehearsed the step from the same text.
std::optional<Estimate> estimate_of(const PlanStep& step, const std::vector<RehearsalRecord>& records);

}  // namespace tide
