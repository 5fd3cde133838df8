#include "repl/value_rows.h"

namespace tide {
namespace {

struct ToCell {
  Cell operator()(Null) const { return {}; }
  Cell operator()(bool value) const {
    Cell cell = of(Cell::Kind::kBool);
    cell.boolean = value;
    return cell;
  }
  Cell operator()(std::int64_t value) const {
    Cell cell = of(Cell::Kind::kInteger);
    cell.integer = value;
    return cell;
  }
  Cell operator()(double value) const {
    Cell cell = of(Cell::Kind::kFloat);
    cell.real = value;
    return cell;
  }
  Cell operator()(const Numeric& value) const { return of(Cell::Kind::kNumeric, value.text); }
  Cell operator()(const std::string& value) const { return of(Cell::Kind::kText, value); }
  Cell operator()(const Bytes& value) const { return of(Cell::Kind::kBytes, value.data); }
  Cell operator()(const Array&) const { return of(Cell::Kind::kArray); }

  static Cell of(Cell::Kind kind, std::string_view text = {}) {
    Cell cell;
    cell.kind = kind;
    cell.text = text;
    return cell;
  }
};

}  // namespace

Cell ValueRows::cell(std::size_t column) { return std::visit(ToCell(), rows_[next_ - 1].at(column).data); }

}  // namespace tide
