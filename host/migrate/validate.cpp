#include "migrate/validate.h"

#include <algorithm>

#include "base/text.h"
#include "migrate/pairing.h"
#include "migrate/version.h"

namespace tide {
namespace {

using Kind = Problem::Kind;
using State = HistoryEntry::State;

std::string title(const HistoryEntry& entry) {
  return entry.name.empty() ? entry.version : cat(entry.version, " ", entry.name);
}

std::string resolve(const std::string& version, const char* how, const char* when) {
  return cat("tide resolve ", version, " --", how, " --reason TEXT   (", when, ")");
}

Problem missing(const HistoryEntry& entry) {
  return {Kind::kMissing,
          entry.version,
          cat(title(entry), " is applied, but its file is gone"),
          {cat("git log --all -- '*", entry.version, "*'"),
           resolve(entry.version, "reverted", "when the database should forget it")},
          false};
}

Problem divergent(const Migration& file, const HistoryEntry& entry) {
  const char* when = entry.baseline ? " was recorded as applied at " : " was applied at ";
  return {Kind::kDivergent,
          entry.version,
          cat(file.path, " is not what", when, entry.applied_at),
          {cat("git log -p -- ", file.path), "put the change into a migration of its own: tide new NAME",
           resolve(entry.version, "applied", "when the file is right as it is")},
          true};
}

bool is_sha256(const std::string& checksum) {
  return checksum.size() == 64 && checksum.find_first_not_of("0123456789abcdef") == std::string::npos;
}

// A checksum that no tide has written. The fingerprint may still tell.
Problem damaged(const Migration& file, const HistoryEntry& entry, bool same_tokens) {
  const std::string fault = cat("the history's checksum of it is no SHA-256: \"", entry.checksum.substr(0, 80), "\"");
  return {Kind::kDamaged,
          entry.version,
          same_tokens ? cat(file.path, " says what was applied, but ", fault)
                      : cat(file.path, " cannot be compared with what was applied: ", fault),
          {cat("git log -p -- ", file.path), resolve(entry.version, "applied", "when the file is right as it is")},
          !same_tokens};
}

Problem cosmetic(const Migration& file, const HistoryEntry& entry) {
  return {Kind::kCosmetic,
          entry.version,
          cat(file.path, " differs from what was applied in comments or white space only"),
          {resolve(entry.version, "applied", "records the file as it is")},
          false};
}

Problem renamed(const Migration& file, const HistoryEntry& entry) {
  return {Kind::kRenamed,
          entry.version,
          cat(entry.version, " was applied as \"", entry.name, "\"; its file is now ", file.path),
          {resolve(entry.version, "applied", "records the file under its new name")},
          false};
}

Problem failed(const HistoryEntry& entry) {
  bool up = entry.direction == Direction::kUp;
  std::string cause = entry.error.empty() ? "" : cat(": ", entry.error);
  std::vector<std::string> next = {
      resolve(entry.version, "retry", "when what it did is undone, or harmless to repeat"),
      resolve(entry.version, "applied", up ? "when it was finished by hand" : "when what it undid is back"),
      resolve(entry.version, "reverted", up ? "when it was undone by hand" : "when it was finished by hand")};
  if (!up) next.front() = "tide down   (tries again)";
  return {Kind::kFailed, entry.version, cat(title(entry), " failed half-way ", direction_name(entry.direction), cause),
          next, true};
}

// The next `up` takes on what was interrupted going up, if it still has the file.
Problem interrupted(const Pairing& pair) {
  const HistoryEntry& entry = *pair.entry;
  bool up = entry.direction == Direction::kUp;
  bool lost = up && pair.file == nullptr;
  std::string by = entry.who.empty() ? "" : cat(" (run ", entry.run, ", ", entry.who, " on ", entry.host, ")");
  Problem problem{Kind::kInterrupted,
                  entry.version,
                  cat(title(entry), " was interrupted half-way ", direction_name(entry.direction), by,
                      lost ? ", and its file is gone" : ""),
                  {up ? "tide up   (takes it on)" : "tide down   (takes it on)"},
                  lost || !up};
  if (lost) problem.next = {resolve(entry.version, "reverted", "when it was undone by hand")};
  return problem;
}

Problem out_of_order(const Migration& file, const std::string& current) {
  return {Kind::kOutOfOrder,
          file.version,
          cat(file.path, " is pending below the current version ", current),
          {"tide up --allow-out-of-order", "or give the file a version above it",
           resolve(file.version, "applied", "when the database has it already")},
          true};
}

// Of two files with one version, as two branches bring them: the one that was applied stays as it is.
Problem duplicate(const Migration& first, const Migration& second, const HistoryEntry* entry) {
  const bool one_applied = entry && (entry->name == first.name) != (entry->name == second.name);
  const Migration* applied = !one_applied ? nullptr : entry->name == first.name ? &first : &second;
  const std::string other = !applied ? "one of them" : applied == &first ? second.path : first.path;
  return {Kind::kDuplicate,
          second.version,
          cat(first.path, " and ", second.path, " have the same version",
              applied ? cat(", and ", applied->path, " is the one that was applied") : ""),
          {cat("rename ", other, ": give it the version that `tide new NAME` would give it today")},
          true};
}

const HistoryEntry* find_entry(const std::vector<HistoryEntry>& history, const std::string& version) {
  const auto same = [&](const HistoryEntry& entry) { return compare_versions(entry.version, version) == 0; };
  const auto found = std::find_if(history.begin(), history.end(), same);
  return found == history.end() ? nullptr : &*found;
}

void add_duplicates(const std::vector<Migration>& source, const std::vector<HistoryEntry>& history,
                    std::vector<Problem>& problems) {
  for (std::size_t i = 1; i < source.size(); ++i) {
    if (compare_versions(source[i - 1].version, source[i].version) != 0) continue;
    problems.push_back(duplicate(source[i - 1], source[i], find_entry(history, source[i].version)));
  }
}

void add_state(const Pairing& pair, std::vector<Problem>& problems) {
  State state = pair.entry->state;
  if (state == State::kFailed) problems.push_back(failed(*pair.entry));
  if (state == State::kRunning && pair.entry->interrupted) problems.push_back(interrupted(pair));
}

// Only of what is applied: what stopped half-way is mended by editing its file.
void add_difference(const Pairing& pair, const FingerprintOf& fingerprint_of, std::vector<Problem>& problems) {
  const HistoryEntry& entry = *pair.entry;
  if (pair.file == nullptr) return problems.push_back(missing(entry));
  const Migration& file = *pair.file;
  if (file.name != entry.name) problems.push_back(renamed(file, entry));
  if (file.checksum == entry.checksum) return;
  bool same_tokens = file.kind == entry.kind && !entry.fingerprint.empty() && fingerprint_of(file) == entry.fingerprint;
  if (!is_sha256(entry.checksum)) return problems.push_back(damaged(file, entry, same_tokens));
  problems.push_back(same_tokens ? cosmetic(file, entry) : divergent(file, entry));
}

}  // namespace

std::vector<Problem> validate(const std::vector<Migration>& source, const std::vector<HistoryEntry>& history,
                              const FingerprintOf& fingerprint_of) {
  std::vector<Problem> problems;
  std::string current = current_version(history);
  add_duplicates(source, history, problems);
  for (const Pairing& pair : pair_versions(source, history)) {
    if (pair.entry) add_state(pair, problems);
    if (pair.applied()) add_difference(pair, fingerprint_of, problems);
    if (!pair.entry && !current.empty() && compare_versions(pair.file->version, current) < 0) {
      problems.push_back(out_of_order(*pair.file, current));
    }
  }
  auto by_version = [](const Problem& a, const Problem& b) { return version_before(a.version, b.version); };
  std::stable_sort(problems.begin(), problems.end(), by_version);
  return problems;
}

}  // namespace tide
