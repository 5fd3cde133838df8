#include "migrate/pairing.h"

#include <algorithm>

#include "migrate/version.h"

namespace tide {
namespace {

using Files = std::vector<Migration>::const_iterator;

Files end_of_version(Files first, Files end) {
  return std::find_if(first, end, [&](const Migration& m) { return compare_versions(m.version, first->version) != 0; });
}

const Migration* best_file(Files first, Files last, const HistoryEntry* entry) {
  Files fits = std::find_if(first, last, [&](const Migration& m) { return entry && m.name == entry->name; });
  return fits == last ? &*first : &*fits;
}

}  // namespace

bool Pairing::interrupted_up() const {
  return entry && entry->state == HistoryEntry::State::kRunning && entry->interrupted &&
         entry->direction == Direction::kUp;
}

std::vector<Pairing> pair_versions(const std::vector<Migration>& source, const std::vector<HistoryEntry>& history) {
  std::vector<Pairing> pairs;
  pairs.reserve(std::max(source.size(), history.size()));
  Files file = source.begin();
  auto entry = history.begin();
  while (file != source.end() || entry != history.end()) {
    int order = file == source.end()     ? 1
                : entry == history.end() ? -1
                                         : compare_versions(file->version, entry->version);
    const HistoryEntry* recorded = order >= 0 ? &*entry++ : nullptr;
    if (order > 0) {
      pairs.push_back({nullptr, recorded});
      continue;
    }
    Files next = end_of_version(file, source.end());
    pairs.push_back({best_file(file, next, recorded), recorded});
    file = next;
  }
  return pairs;
}

std::vector<Migration> pending_of(const std::vector<Migration>& source, const std::vector<HistoryEntry>& history) {
  std::vector<Migration> pending;
  for (const Pairing& pair : pair_versions(source, history)) {
    if (pair.pending()) pending.push_back(*pair.file);
  }
  return pending;
}

std::string current_version(const std::vector<HistoryEntry>& history) {
  for (auto entry = history.rbegin(); entry != history.rend(); ++entry) {
    if (entry->state == HistoryEntry::State::kApplied) return entry->version;
  }
  return "";
}

}  // namespace tide
