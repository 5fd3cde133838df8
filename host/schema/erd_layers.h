#pragma once

#include <deque>
#include <vector>

#include "schema/erd_layout.h"

namespace tide {

// A table in a column of the picture, or the place where the lines of a port pass through that column.
struct ErdNode {
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  std::size_t table = kNone;
  std::size_t column = 0;  // of the picture
  double height = 0;
  double y = 0;
  bool is_table() const { return table != kNone; }
};

// A line from a node to one in the next column. All lines that leave one port share their way until they part.
struct ErdLink {
  ErdNode* from = nullptr;
  ErdNode* to = nullptr;
  double from_offset = 0;  // of the port, below the top of its node
  double to_offset = 0;
  std::size_t port = 0;            // lines of one port run together
  std::vector<std::size_t> edges;  // that go this way
};

struct ErdLayers {
  std::deque<ErdNode> nodes;
  std::vector<std::vector<ErdNode*>> columns;
  std::vector<ErdLink> links;
  std::vector<std::size_t> loops;     // edges of a table to itself
  std::vector<std::size_t> reversed;  // edges whose child stands left of their parent, sorted
};

// Gives each table of a group its column: right of the tables it refers to, no column higher than `limit`.
ErdLayers layers_of(const Erd& erd, const std::vector<std::size_t>& members, const std::vector<ErdBox>& sizes,
                    double limit, const ErdMetrics& metrics);

}  // namespace tide
