#include "repl/rows_expanded.h"

#include <algorithm>

#include "base/text.h"
#include "cli/width.h"

namespace tide {

void ExpandedWriter::begin(const std::vector<std::string>& names) {
  for (const std::string& name : names) names_.push_back(show_text(name, style_.columns > 0 ? style_.columns / 2 : 0));
  for (const std::string& name : names_) name_width_ = std::max(name_width_, display_width(name));
}

std::string ExpandedWriter::head() const {
  const std::string text = cat("-[ row ", number_, " ]");
  const int width = style_.columns > 0 ? std::min(style_.columns, 60) : 60;
  return text + std::string(static_cast<std::size_t>(std::max(width - display_width(text), 0)), '-') + "\n";
}

void ExpandedWriter::write(const std::vector<ShownValue>& row) {
  ++number_;
  std::string out = head();
  const int room = style_.columns > 0 ? std::max(style_.columns - name_width_ - 3, 8) : 0;
  for (std::size_t i = 0; i < row.size(); ++i) {
    out += cat(pad(names_[i], name_width_), " | ", room > 0 ? clip(row[i].text, room) : row[i].text, "\n");
  }
  put_(out);
}

void ExpandedWriter::end(std::int64_t rows) {
  if (style_.footer) put_(cat(rows_footer(rows), "\n"));
}

std::unique_ptr<RowWriter> make_expanded_writer(const RowStyle& style, Put put) {
  return std::make_unique<ExpandedWriter>(style, std::move(put));
}

}  // namespace tide
