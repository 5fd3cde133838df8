#pragma once

#include <string>
#include <vector>

#include "repl/rows.h"
#include "repl/shown_value.h"

namespace tide {

// A row as a block, one value a line.
class ExpandedWriter final : public RowWriter {
 public:
  ExpandedWriter(const RowStyle& style, Put put) : style_(style), put_(std::move(put)) {}

  void begin(const std::vector<std::string>& names) override;
  void row(Cursor& row) override { write(show_row(row, style_)); }
  void end(std::int64_t rows) override;

  void write(const std::vector<ShownValue>& row);

 private:
  std::string head() const;

  RowStyle style_;
  Put put_;
  std::vector<std::string> names_;
  int name_width_ = 0;
  std::int64_t number_ = 0;
};

}  // namespace tide
