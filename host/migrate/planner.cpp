#include "migrate/planner.h"

#include <algorithm>

#include "base/text.h"
#include "migrate/pairing.h"
#include "migrate/version.h"
#include "sys/digest.h"
#include "tide/error.h"

namespace tide {
namespace {

using State = HistoryEntry::State;

std::string title(const Pairing& pair) {
  return pair.name().empty() ? pair.version() : cat(pair.version(), " ", pair.name());
}

bool blocks(const Problem& problem, const UpTarget& target) {
  return problem.blocks && !(problem.kind == Problem::Kind::kOutOfOrder && target.allow_out_of_order);
}

// One error for all of them, so that they can be mended in one go.
void refuse_blocked(const std::vector<Problem>& problems, const UpTarget& target) {
  std::vector<std::string> reasons;
  std::vector<std::string> next;
  for (const Problem& problem : problems) {
    if (!blocks(problem, target)) continue;
    reasons.push_back(problem.message);
    for (const std::string& step : problem.next) {
      if (std::find(next.begin(), next.end(), step) == next.end()) next.push_back(step);
    }
  }
  if (reasons.empty()) return;
  Error error(ErrorKind::kHistory, join(reasons, "; "));
  error.next = std::move(next);
  throw error;
}

void refuse_running(const Pairing& pair) {
  if (!pair.entry || pair.entry->state != State::kRunning || pair.entry->interrupted) return;
  const HistoryEntry& entry = *pair.entry;
  throw Error(ErrorKind::kLock, cat(title(pair), " is running (", direction_name(entry.direction), ") since ",
                                    entry.applied_at, ": run ", entry.run, ", ", entry.who, " on ", entry.host));
}

void refuse_half_way_up(const Pairing& pair) {
  if (pair.applied() || pair.entry->direction == Direction::kDown) return;
  Error error(ErrorKind::kHistory, cat(title(pair), " stopped half-way up and cannot be reverted as it is"));
  if (pair.interrupted_up()) error.advise("tide up   (takes it on)");
  error.advise(cat("tide resolve ", pair.version(), " --reverted --reason TEXT   (when it was undone by hand)"));
  error.advise(cat("tide resolve ", pair.version(), " --applied --reason TEXT   (then `tide down` reverts it)"));
  throw error;
}

PlanStep up_step(const Pairing& pair) {
  return {Direction::kUp, pair.version(), pair.file->name, pair.file->checksum, *pair.file};
}

PlanStep down_step(const Pairing& pair) {
  PlanStep step{Direction::kDown, pair.version(), pair.name(), pair.entry->checksum, std::nullopt};
  if (pair.file) {
    step.source = *pair.file;
    step.checksum = pair.file->checksum;
  }
  return step;
}

Plan finished(std::vector<PlanStep> steps) {
  std::string lines;
  for (const PlanStep& step : steps) {
    lines += cat(direction_name(step.direction), " ", step.version, " ", step.checksum, "\n");
  }
  return {std::move(steps), sha256_hex(lines)};
}

bool full(const std::vector<PlanStep>& steps, int count) {
  return count > 0 && steps.size() >= static_cast<std::size_t>(count);
}

bool is_zero(const std::string& version) { return !version.empty() && version_number(version) == "0"; }

}  // namespace

std::string find_version(const std::string& query, const std::vector<Migration>& source,
                         const std::vector<HistoryEntry>& history) {
  std::vector<VersionName> known;
  for (const Pairing& pair : pair_versions(source, history)) known.push_back({pair.version(), pair.name()});
  return resolve_version(query, known);
}

Plan plan_up(const std::vector<Migration>& source, const std::vector<HistoryEntry>& history,
             const std::vector<Problem>& problems, const UpTarget& target) {
  refuse_blocked(problems, target);
  std::string last = target.version.empty() ? "" : find_version(target.version, source, history);
  std::vector<PlanStep> steps;
  for (const Pairing& pair : pair_versions(source, history)) {
    refuse_running(pair);
    if (full(steps, target.count) || (!last.empty() && compare_versions(pair.version(), last) > 0)) continue;
    if (pair.pending()) steps.push_back(up_step(pair));
  }
  return finished(std::move(steps));
}

Plan plan_down(const std::vector<Migration>& source, const std::vector<HistoryEntry>& history,
               const DownTarget& target) {
  bool everything = is_zero(target.to);
  bool bounded = !target.to.empty() && !everything;
  std::string stays = bounded ? find_version(target.to, source, history) : "";
  std::vector<Pairing> pairs = pair_versions(source, history);
  std::vector<PlanStep> steps;
  for (auto pair = pairs.rbegin(); pair != pairs.rend(); ++pair) {
    if (bounded && compare_versions(pair->version(), stays) <= 0) break;
    if (target.to.empty() && full(steps, target.count)) break;
    if (!pair->entry) continue;
    refuse_running(*pair);
    refuse_half_way_up(*pair);
    steps.push_back(down_step(*pair));
  }
  return finished(std::move(steps));
}

}  // namespace tide
