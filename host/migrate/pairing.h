#pragma once

#include <string>
#include <vector>

#include "tide/migration.h"

namespace tide {

// One version as the source and the history know it; one of them may be absent. Points into what pair_versions was
// given.
struct Pairing {
  const Migration* file = nullptr;  // of duplicates the one that the history's name fits, else the first
  const HistoryEntry* entry = nullptr;

  const std::string& version() const { return entry ? entry->version : file->version; }
  const std::string& name() const { return file ? file->name : entry->name; }
  bool applied() const { return entry && entry->state == HistoryEntry::State::kApplied; }
  // Was going up when its process went away: the next `up` takes it on.
  bool interrupted_up() const;
  // What `up` would run: never applied, or interrupted on its way up.
  bool pending() const { return file && (!entry || interrupted_up()); }
};

// Both lists are ordered by version, and so is the result.
std::vector<Pairing> pair_versions(const std::vector<Migration>& source, const std::vector<HistoryEntry>& history);

std::vector<Migration> pending_of(const std::vector<Migration>& source, const std::vector<HistoryEntry>& history);

// The highest version that is applied; "" when none is.
std::string current_version(const std::vector<HistoryEntry>& history);

}  // namespace tide
