#include "db/cell_text.h"
#include "repl/rows.h"

namespace tide {
namespace {

constexpr std::size_t kBufferBytes = 64 * 1024;

// RFC 4180 with newlines as line ends; NULL is an empty field, an empty text is "".
class CsvWriter final : public RowWriter {
 public:
  explicit CsvWriter(Put put) : put_(std::move(put)) {}

  void begin(const std::vector<std::string>& names) override {
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (i > 0) buffer_ += ',';
      append_csv_field(buffer_, names[i], names.size() == 1);
    }
    buffer_ += '\n';
  }

  void row(Cursor& row) override {
    const std::size_t width = row.names().size();
    for (std::size_t i = 0; i < width; ++i) {
      if (i > 0) buffer_ += ',';
      const Cell cell = row.cell(i);
      if (cell.kind == Cell::Kind::kNull) continue;
      field_.clear();
      append_cell_text(field_, row, i, cell);
      append_csv_field(buffer_, field_, width == 1);
    }
    buffer_ += '\n';
    if (buffer_.size() >= kBufferBytes) flush();
  }

  void end(std::int64_t) override { flush(); }

 private:
  void flush() {
    put_(buffer_);
    buffer_.clear();
  }

  Put put_;
  std::string buffer_;
  std::string field_;
};

}  // namespace

std::unique_ptr<RowWriter> make_csv_writer(const RowStyle&, Put put) {
  return std::make_unique<CsvWriter>(std::move(put));
}

}  // namespace tide
