#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "db/likeness.h"

namespace tide {

// How rows are compared: their columns, of which the first `keys` say which row it is.
struct RowShape {
  std::vector<Likeness> columns;
  std::size_t keys = 0;
};

// Counts and sums of the rows of a set, in whatever order they come: two sets with equal sums hold like rows. The rows
// are dealt out to buckets by their key, so that those that differ can be looked for among few.
class RowSums {
 public:
  RowSums(RowShape shape, std::size_t buckets) : shape_(std::move(shape)), counts_(buckets), sums_(buckets) {}

  void add(Cursor& row);

  // From now on the rows of these buckets are kept, by the hash of their key.
  void keep(const std::vector<std::size_t>& buckets);

  std::uint64_t rows() const { return rows_; }
  std::vector<std::size_t> differing(const RowSums& other) const;

  struct Kept {
    std::uint64_t hash = 0;
    std::vector<std::string> key;
  };
  const std::unordered_map<std::uint64_t, Kept>& kept() const { return kept_; }

 private:
  RowShape shape_;
  std::vector<std::uint64_t> counts_;
  std::vector<std::uint64_t> sums_;
  std::vector<bool> wanted_;
  std::unordered_map<std::uint64_t, Kept> kept_;
  std::uint64_t rows_ = 0;
  std::string text_;
};

struct RowDifference {
  enum class Kind : std::uint8_t { kMissing, kExtra, kDifferent };
  Kind kind;
  std::vector<std::string> key;
};

// What the rows kept of `there` lack, have more, and have otherwise than those kept of `here`.
std::vector<RowDifference> differences(const RowSums& here, const RowSums& there);

}  // namespace tide
