#include "db/row_sums.h"

#include <utility>

#include "db/cell_text.h"
#include "sys/digest.h"

namespace tide {
namespace {

std::vector<std::string> key_texts(Cursor& row, std::size_t keys) {
  std::vector<std::string> texts(keys);
  for (std::size_t i = 0; i < keys; ++i) append_cell_text(texts[i], row, i, row.cell(i));
  return texts;
}

}  // namespace

void RowSums::add(Cursor& row) {
  text_.clear();
  for (std::size_t i = 0; i < shape_.keys; ++i) append_likeness(text_, row, i, shape_.columns[i]);
  const std::uint64_t key = short_hash(text_);
  for (std::size_t i = shape_.keys; i < shape_.columns.size(); ++i) append_likeness(text_, row, i, shape_.columns[i]);
  const std::uint64_t hash = short_hash(text_);
  const std::size_t bucket = key % counts_.size();
  ++rows_;
  ++counts_[bucket];
  sums_[bucket] += hash;
  if (!wanted_.empty() && wanted_[bucket]) kept_[key] = {hash, key_texts(row, shape_.keys)};
}

void RowSums::keep(const std::vector<std::size_t>& buckets) {
  wanted_.assign(counts_.size(), false);
  for (const std::size_t bucket : buckets) wanted_[bucket] = true;
}

std::vector<std::size_t> RowSums::differing(const RowSums& other) const {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    if (counts_[i] != other.counts_[i] || sums_[i] != other.sums_[i]) found.push_back(i);
  }
  return found;
}

std::vector<RowDifference> differences(const RowSums& here, const RowSums& there) {
  std::vector<RowDifference> found;
  for (const auto& [key, row] : here.kept()) {
    const auto other = there.kept().find(key);
    if (other == there.kept().end()) {
      found.push_back({RowDifference::Kind::kMissing, row.key});
    } else if (other->second.hash != row.hash) {
      found.push_back({RowDifference::Kind::kDifferent, row.key});
    }
  }
  for (const auto& [key, row] : there.kept()) {
    if (here.kept().count(key) == 0) found.push_back({RowDifference::Kind::kExtra, row.key});
  }
  return found;
}

}  // namespace tide
