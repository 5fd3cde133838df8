#include "tide/migration.h"

namespace tide {

const char* direction_name(Direction direction) { return direction == Direction::kUp ? "up" : "down"; }

const char* state_name(HistoryEntry::State state) {
  switch (state) {
    case HistoryEntry::State::kApplied:
      return "applied";
    case HistoryEntry::State::kRunning:
      return "running";
    case HistoryEntry::State::kFailed:
      return "failed";
  }
  return "";
}

const char* problem_name(Problem::Kind kind) {
  switch (kind) {
    case Problem::Kind::kMissing:
      return "missing";
    case Problem::Kind::kDivergent:
      return "divergent";
    case Problem::Kind::kCosmetic:
      return "cosmetic";
    case Problem::Kind::kOutOfOrder:
      return "out_of_order";
    case Problem::Kind::kFailed:
      return "failed";
    case Problem::Kind::kInterrupted:
      return "interrupted";
    case Problem::Kind::kDuplicate:
      return "duplicate";
    case Problem::Kind::kRenamed:
      return "renamed";
    case Problem::Kind::kDamaged:
      return "damaged";
    case Problem::Kind::kEnvironment:
      return "environment";
  }
  return "";
}

}  // namespace tide
