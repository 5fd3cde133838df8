#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "db/cell_text.h"
#include "repl/rows.h"

namespace tide {
namespace {

// One document: a list of objects, a row a line. Of columns with one name the later ones are name_2, name_3 ...
class JsonWriter final : public RowWriter {
 public:
  explicit JsonWriter(Put put) : put_(std::move(put)) {}

  void begin(const std::vector<std::string>& names) override {
    std::vector<std::string> given;
    for (const std::string& name : names) {
      std::string unique = name;
      for (int n = 2; std::find(given.begin(), given.end(), unique) != given.end(); ++n) unique = cat(name, "_", n);
      given.push_back(unique);
      keys_.push_back(dump_json(Json(unique)) + ":");
    }
    put_("[");
  }

  void row(Cursor& row) override {
    line_ = begun_ ? ",\n{" : "\n{";
    begun_ = true;
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      if (i > 0) line_ += ',';
      line_ += keys_[i];
      append_value(row, i);
    }
    line_ += '}';
    put_(line_);
  }

  void end(std::int64_t) override { put_(begun_ ? "\n]\n" : "]\n"); }

 private:
  void append_value(Cursor& row, std::size_t column) {
    const Cell cell = row.cell(column);
    switch (cell.kind) {
      case Cell::Kind::kNull:
        line_ += "null";
        break;
      case Cell::Kind::kBool:
        line_ += cell.boolean ? "true" : "false";
        break;
      case Cell::Kind::kInteger:
      case Cell::Kind::kNumeric:
        append_cell_text(line_, row, column, cell);
        break;
      case Cell::Kind::kFloat:
        line_ += dump_json(Json(cell.real));
        break;
      case Cell::Kind::kArray:
        line_ += dump_json(to_json(row.array(column)));
        break;
      default:
        text_.clear();
        append_cell_text(text_, row, column, cell);
        line_ += dump_json(Json(text_));
    }
  }

  Put put_;
  std::vector<std::string> keys_;
  std::string line_;
  std::string text_;
  bool begun_ = false;
};

}  // namespace

std::unique_ptr<RowWriter> make_json_writer(const RowStyle&, Put put) {
  return std::make_unique<JsonWriter>(std::move(put));
}

}  // namespace tide
