#include "base/text.h"
#include "repl/shown_value.h"

namespace tide {
namespace {

std::string escape(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.compare(i, 2, "\\n") == 0) {
      out += "<br>";
      ++i;
    } else {
      out += text[i] == '|' ? "\\|" : std::string(1, text[i]);
    }
  }
  return out;
}

// A table of GitHub's Markdown. Columns of numbers stand to the right, as far as the first row tells.
class MarkdownWriter final : public RowWriter {
 public:
  MarkdownWriter(const RowStyle& style, Put put) : style_(style), put_(std::move(put)) {}

  void begin(const std::vector<std::string>& names) override { names_ = names; }

  void row(Cursor& row) override {
    const std::vector<ShownValue> values = show_row(row, style_);
    if (!begun_) write_head(&values);
    std::string line = "|";
    for (const ShownValue& value : values) line += cat(" ", escape(value.text), " |");
    put_(line + "\n");
  }

  void end(std::int64_t) override {
    if (!begun_) write_head(nullptr);
  }

 private:
  void write_head(const std::vector<ShownValue>* first) {
    begun_ = true;
    std::string names = "|", rule = "|";
    for (std::size_t i = 0; i < names_.size(); ++i) {
      names += cat(" ", escape(show_text(names_[i], 0)), " |");
      rule += first != nullptr && (*first)[i].number ? "---:|" : "---|";
    }
    put_(cat(names, "\n", rule, "\n"));
  }

  RowStyle style_;
  Put put_;
  std::vector<std::string> names_;
  bool begun_ = false;
};

}  // namespace

std::unique_ptr<RowWriter> make_markdown_writer(const RowStyle& style, Put put) {
  return std::make_unique<MarkdownWriter>(style, std::move(put));
}

}  // namespace tide
