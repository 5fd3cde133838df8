#include "migrate/rehearsal_record.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace tide {
namespace {

constexpr std::array<std::string_view, 8> kModes = {
    "ACCESS SHARE", "ROW SHARE",           "ROW EXCLUSIVE", "SHARE UPDATE EXCLUSIVE",
    "SHARE",        "SHARE ROW EXCLUSIVE", "EXCLUSIVE",     "ACCESS EXCLUSIVE"};

// An index or a sequence is locked for the sake of its table.
bool weaker(const RehearsedLock& a, const RehearsedLock& b) {
  if (a.is_table != b.is_table) return b.is_table;
  const int left = lock_strength(a.mode);
  const int right = lock_strength(b.mode);
  return left != right ? left < right : a.held_ms < b.held_ms;
}

const RehearsedLock* stronger_of(const RehearsedLock* best, const RehearsedLock* other) {
  if (other == nullptr || other->is_new) return best;
  return best == nullptr || weaker(*best, *other) ? other : best;
}

}  // namespace

const char* down_name(RehearsedStep::Down down) {
  switch (down) {
    case RehearsedStep::Down::kSame:
      return "same";
    case RehearsedStep::Down::kDiffers:
      return "differs";
    case RehearsedStep::Down::kMissing:
      return "missing";
    case RehearsedStep::Down::kIrreversible:
      return "irreversible";
    case RehearsedStep::Down::kSkipped:
      return "skipped";
    case RehearsedStep::Down::kNotReached:
      break;
  }
  return "not reached";
}

int lock_strength(const std::string& mode) {
  const auto found = std::find(kModes.begin(), kModes.end(), mode);
  return found == kModes.end() ? 0 : static_cast<int>(found - kModes.begin()) + 1;
}

const RehearsedLock* strongest_lock(const RehearsedStatement& statement) {
  const RehearsedLock* best = nullptr;
  for (const RehearsedLock& lock : statement.locks) best = stronger_of(best, &lock);
  return best;
}

const RehearsedLock* strongest_lock(const RehearsedPass& pass) {
  const RehearsedLock* best = nullptr;
  for (const RehearsedStatement& statement : pass.statements) best = stronger_of(best, strongest_lock(statement));
  return best;
}

const RehearsedPass* first_up(const RehearsedStep& step) {
  const auto is_first = [](const RehearsedPass& pass) { return pass.direction == Direction::kUp && !pass.again; };
  const auto found = std::find_if(step.passes.begin(), step.passes.end(), is_first);
  return found == step.passes.end() ? nullptr : &*found;
}

}  // namespace tide
