#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tide/migration.h"

namespace tide {

// The fingerprint of a file as it is now. Asked for only where the checksum is not the recorded one.
using FingerprintOf = std::function<std::string(const Migration&)>;

// Compares the source (as scan_source returns it) with the history (by version) and lists, by version, what a person
// should know. Blocking `up`: a duplicate version, an applied file that says something else now or cannot be compared,
// a pending version below the current one, a migration that stopped half-way, a `down` that was interrupted. Not
// blocking: a file that is gone, a cosmetic edit, a new name, an `up` that was interrupted.
std::vector<Problem> validate(const std::vector<Migration>& source, const std::vector<HistoryEntry>& history,
                              const FingerprintOf& fingerprint_of);

}  // namespace tide
