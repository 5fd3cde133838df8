#pragma once

#include <string>
#include <vector>

#include "base/text.h"
#include "tide/migration.h"

namespace tide::test {

inline const std::string kSame(64, 'a');  // a checksum

// A file "migrations/1_a.lua" whose checksum is `sum`.
inline Migration file(std::string version, std::string name, std::string sum = kSame) {
  Migration migration;
  migration.path = cat("migrations/", version, "_", name, ".lua");
  migration.version = std::move(version);
  migration.name = std::move(name);
  migration.checksum = std::move(sum);
  return migration;
}

inline HistoryEntry applied(std::string version, std::string name, std::string sum = kSame) {
  HistoryEntry entry;
  entry.version = std::move(version);
  entry.name = std::move(name);
  entry.checksum = std::move(sum);
  entry.fingerprint = "tokens";
  entry.applied_at = "2026-11-20T06:48:42.123Z";
  entry.run = "20261120T064842-3f9a1c";
  entry.who = "ann";
  entry.host = "box";
  return entry;
}

inline HistoryEntry failed(std::string version, std::string name, Direction direction = Direction::kUp) {
  HistoryEntry entry = applied(std::move(version), std::move(name));
  entry.state = HistoryEntry::State::kFailed;
  entry.direction = direction;
  entry.error = "relation \"x\" exists";
  return entry;
}

inline HistoryEntry running(std::string version, std::string name, Direction direction = Direction::kUp) {
  HistoryEntry entry = applied(std::move(version), std::move(name));
  entry.state = HistoryEntry::State::kRunning;
  entry.direction = direction;
  return entry;
}

inline HistoryEntry interrupted(std::string version, std::string name, Direction direction = Direction::kUp) {
  HistoryEntry entry = running(std::move(version), std::move(name), direction);
  entry.interrupted = true;
  return entry;
}

}  // namespace tide::test
