#include "migrate/rehearsal_store.h"

#include <algorithm>

#include "base/iso_time.h"
#include "base/text.h"
#include "sys/files.h"

namespace tide {
namespace {

constexpr const char* kFolder = "/.tide/rehearsals";
constexpr std::string_view kEnding = ".json";
constexpr std::size_t kHashShown = 12;
constexpr std::size_t kSeconds = 19;
constexpr int kRowExclusive = 3;  // what everyday writes take
constexpr const char* kNoRows = "schema";

// "20261120T131500Z-1a2b3c4d5e6f.json": sorts by time.
std::string file_name(const RehearsalRecord& record) {
  std::string stamp;
  for (const char c : record.rehearsed_at) {
    if (c != '-' && c != ':' && c != '.') stamp += c;
  }
  return cat(stamp, "-", record.plan.substr(0, kHashShown), kEnding);
}

bool goes_down(const Plan& plan) {
  return std::any_of(plan.steps.begin(), plan.steps.end(),
                     [](const PlanStep& step) { return step.direction == Direction::kDown; });
}

std::string short_time(const std::string& iso) { return cat(iso.substr(0, kSeconds), "Z"); }

// Of the same text, and not broken off before it had run.
const RehearsedStep* find_step(const RehearsalRecord& record, const PlanStep& wanted) {
  const auto is_it = [&](const RehearsedStep& step) {
    return step.version == wanted.version && step.checksum == wanted.checksum && !step.passes.empty() &&
           step.down != RehearsedStep::Down::kNotReached;
  };
  const auto found = std::find_if(record.steps.begin(), record.steps.end(), is_it);
  return found == record.steps.end() ? nullptr : &*found;
}

// "" when the newest rehearsal of this step went well.
std::string why_not(const PlanStep& step, const std::vector<RehearsalRecord>& records) {
  const std::string label = cat(step.version, " ", step.name);
  for (const RehearsalRecord& record : records) {
    const RehearsedStep* rehearsed = find_step(record, step);
    if (rehearsed == nullptr) continue;
    if (step.direction == Direction::kUp || rehearsed->down == RehearsedStep::Down::kSame) return "";
    return cat("the rehearsal of ", label, " says of its `down`: ", down_name(rehearsed->down));
  }
  return cat(label, " was not rehearsed, or from another text");
}

std::optional<Estimate> estimate_of(const RehearsedStep& step, Direction direction, bool with_rows) {
  const auto is_first = [&](const RehearsedPass& pass) { return pass.direction == direction; };
  const auto pass = std::find_if(step.passes.begin(), step.passes.end(), is_first);
  if (pass == step.passes.end()) return std::nullopt;
  Estimate estimate{pass->ms, "", 0, with_rows};
  const RehearsedLock* lock = strongest_lock(*pass);
  if (lock == nullptr || lock_strength(lock->mode) <= kRowExclusive) return estimate;
  estimate.lock = cat(lock->mode, " on ", lock->relation);
  estimate.held_ms = lock->held_ms;
  return estimate;
}

RehearsalProof prove_steps(const Plan& plan, const std::vector<RehearsalRecord>& records) {
  for (const PlanStep& step : plan.steps) {
    if (std::string why = why_not(step, records); !why.empty()) return {std::move(why), "", 0};
  }
  return {};
}

}  // namespace

RehearsalStore::RehearsalStore(const std::string& project_dir) : folder_(project_dir + kFolder) {}

std::string RehearsalStore::save(const RehearsalRecord& record) const {
  make_directories(folder_);
  std::string path = cat(folder_, "/", file_name(record));
  write_file(path, cat(dump_json(record_json(record), 2), "\n"));
  return path;
}

std::vector<RehearsalRecord> RehearsalStore::load(const std::string& environment) const {
  std::vector<RehearsalRecord> records;
  if (!is_directory(folder_)) return records;
  for (const DirectoryEntry& entry : list_directory(folder_)) {
    if (!ends_with(entry.name, kEnding)) continue;
    try {
      RehearsalRecord record = parse_record(read_file(cat(folder_, "/", entry.name)));
      if (record.environment == environment) records.push_back(std::move(record));
    } catch (const Error&) {
      continue;
    }
  }
  std::sort(records.begin(), records.end(),
            [](const auto& a, const auto& b) { return a.rehearsed_at > b.rehearsed_at; });
  return records;
}

RehearsalProof prove_rehearsed(const Plan& plan, const std::vector<RehearsalRecord>& records) {
  if (goes_down(plan)) return prove_steps(plan, records);
  const auto found =
      std::find_if(records.begin(), records.end(), [&](const auto& record) { return record.plan == plan.hash; });
  if (found == records.end()) return {records.empty() ? "there is none" : "those there are are of other plans", "", 0};
  RehearsalProof proof{"", found->rehearsed_at, parse_iso_time(found->rehearsed_at).value_or(0)};
  if (!found->passed()) proof.why = cat("the newest one, of ", short_time(found->rehearsed_at), ", failed");
  return proof;
}

std::optional<Estimate> estimate_of(const PlanStep& step, const std::vector<RehearsalRecord>& records) {
  for (const RehearsalRecord& record : records) {
    const RehearsedStep* rehearsed = find_step(record, step);
    if (rehearsed != nullptr) return estimate_of(*rehearsed, step.direction, record.filled != kNoRows);
  }
  return std::nullopt;
}

}  // namespace tide
