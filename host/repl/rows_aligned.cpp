#include <algorithm>
#include <optional>

#include "base/text.h"
#include "cli/width.h"
#include "repl/rows_expanded.h"
#include "repl/shown_value.h"

namespace tide {
namespace {

constexpr std::size_t kBatchRows = 1000;
constexpr std::size_t kBatchBytes = 2 << 20;

// Columns as wide as their widest value of a batch of rows; a later batch never makes one narrower, and says the names
// again where it makes one wider.
class AlignedWriter final : public RowWriter {
 public:
  AlignedWriter(const RowStyle& style, Put put) : style_(style), put_(std::move(put)) {}

  void begin(const std::vector<std::string>& names) override {
    names_ = names;
    for (const std::string& name : names) {
      head_.push_back({show_text(name, style_.longest), false});
      widths_.push_back(display_width(head_.back().text));
    }
  }

  void row(Cursor& row) override {
    if (vertical_) return vertical_->row(row);
    batch_.push_back(show_row(row, style_));
    for (const ShownValue& value : batch_.back()) bytes_ += value.text.size();
    if (batch_.size() >= kBatchRows || bytes_ >= kBatchBytes) flush();
  }

  void end(std::int64_t rows) override {
    if (!vertical_) flush();
    if (vertical_) return vertical_->end(rows);
    if (style_.footer) put_(cat(rows_footer(rows), "\n"));
  }

 private:
  void flush() {
    const bool wider = widen();
    if (!begun_ && too_wide() && !batch_.empty()) return turn_vertical();
    std::string out;
    if (!begun_ || wider) append_head(out);
    begun_ = true;
    for (const auto& row : batch_) append_line(out, row);
    batch_.clear();
    bytes_ = 0;
    put_(out);
  }

  bool widen() {
    bool wider = false;
    for (const auto& row : batch_) {
      for (std::size_t i = 0; i < row.size(); ++i) {
        const int width = display_width(row[i].text);
        wider = wider || width > widths_[i];
        widths_[i] = std::max(widths_[i], width);
      }
    }
    return wider;
  }

  bool too_wide() const {
    if (!style_.vertical_when_wide || style_.columns == 0) return false;
    int total = 0;
    for (const int width : widths_) total += width + 3;
    return total - 1 > style_.columns;
  }

  void turn_vertical() {
    vertical_.emplace(style_, put_);
    vertical_->begin(names_);
    for (const auto& row : batch_) vertical_->write(row);
    batch_.clear();
  }

  void append_head(std::string& out) const {
    std::string rule;
    for (std::size_t i = 0; i < head_.size(); ++i) {
      const int spare = std::max(widths_[i] - display_width(head_[i].text), 0);
      out += i > 0 ? "| " : " ";
      out += std::string(static_cast<std::size_t>(spare / 2), ' ') + head_[i].text;
      out += std::string(static_cast<std::size_t>(spare - spare / 2 + 1), ' ');
      rule += (i > 0 ? "+" : "") + std::string(static_cast<std::size_t>(widths_[i] + 2), '-');
    }
    end_line(out);
    out += rule + "\n";
  }

  void append_line(std::string& out, const std::vector<ShownValue>& row) const {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string blanks(static_cast<std::size_t>(std::max(widths_[i] - display_width(row[i].text), 0)), ' ');
      out += i > 0 ? "| " : " ";
      out += row[i].number ? blanks + row[i].text : row[i].text + blanks;
      out += ' ';
    }
    end_line(out);
  }

  static void end_line(std::string& out) {
    while (!out.empty() && out.back() == ' ') out.pop_back();
    out += '\n';
  }

  RowStyle style_;
  Put put_;
  std::vector<std::string> names_;
  std::vector<ShownValue> head_;
  std::vector<int> widths_;
  std::vector<std::vector<ShownValue>> batch_;
  std::size_t bytes_ = 0;
  bool begun_ = false;
  std::optional<ExpandedWriter> vertical_;
};

}  // namespace

std::unique_ptr<RowWriter> make_aligned_writer(const RowStyle& style, Put put) {
  return std::make_unique<AlignedWriter>(style, std::move(put));
}

}  // namespace tide
