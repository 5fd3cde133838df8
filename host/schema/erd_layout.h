#pragma once

#include <string>
#include <vector>

#include "schema/erd.h"

namespace tide {

// Lengths are pixels.
struct ErdMetrics {
  double letter = 7.25;  // width of a letter of the font
  double header = 30;
  double row = 19;
  double below = 5;    // the last row
  double gap = 26;     // between boxes above each other
  double gutter = 34;  // between columns of boxes, beside its tracks
  double track = 9;    // between lines that run side by side
  double margin = 24;
};

struct ErdBox {
  double x = 0;
  double y = 0;
  double width = 0;
  double height = 0;
};

struct ErdPoint {
  double x = 0;
  double y = 0;
};

// A line of horizontal and vertical pieces from the parent's box to the child's.
struct ErdLine {
  std::size_t edge = 0;
  std::vector<ErdPoint> points;
};

struct ErdLayout {
  double width = 0;
  double height = 0;
  std::vector<ErdBox> boxes;  // of the tables, in their order
  std::vector<ErdLine> lines;
};

double row_middle(const ErdBox& box, std::size_t column, const ErdMetrics& metrics);

// Tables stand in columns, those that are referred to left of those that refer to them; tables that have nothing to do
// with each other are laid out apart.
ErdLayout lay_out(const Erd& erd, const ErdMetrics& metrics = {});

// The part of the layout that places one connected group of tables, from (0, 0) on. `members` are indexes of tables.
ErdLayout lay_out_group(const Erd& erd, const std::vector<std::size_t>& members, const std::vector<ErdBox>& sizes,
                        const ErdMetrics& metrics);

}  // namespace tide
