#include "db/cell_text.h"
#include "repl/rows.h"

namespace tide {
namespace {

constexpr std::size_t kBufferBytes = 64 * 1024;

// RFC 4180 with newlines as line ends; NULL is an empty field, an empty text is "".
class CsvRowWriter final : public RowWriter {
 public:
  explicit CsvRowWriter(Put put) : put_(std::move(put)), lines_(',', [this](std::string_view line) { add(line); }) {}

  void begin(const std::vector<std::string>& names) override { lines_.names(names); }
  void row(Cursor& row) override { lines_.row(row); }
  void end(std::int64_t) override { flush(); }

 private:
  void add(std::string_view line) {
    buffer_ += line;
    if (buffer_.size() >= kBufferBytes) flush();
  }
  void flush() {
    put_(buffer_);
    buffer_.clear();
  }

  Put put_;
  std::string buffer_;
  CsvWriter lines_;
};

}  // namespace

std::unique_ptr<RowWriter> make_csv_writer(const RowStyle&, Put put) {
  return std::make_unique<CsvRowWriter>(std::move(put));
}

}  // namespace tide
