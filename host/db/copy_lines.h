#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tide/value.h"

namespace tide {

// Lines of COPY's text format, built field by field, each row to be had by its place. For PostgreSQL.
class CopyLines {
 public:
  void add(const Cell& cell);
  // `oid` is the column's type and `what` its name for the error: kSql for a text that the type cannot hold.
  void add(const Value& value, std::uint32_t oid, const std::string& what);
  void add(std::string_view text, std::uint32_t oid, const std::string& what);
  void end_row();
  void drop_open_row();  // what was added since the last end_row
  void clear();

  std::size_t rows() const { return ends_.size(); }
  // The lines of the rows first..last (0-based, last not included).
  std::string_view text(std::size_t first, std::size_t last) const;

 private:
  std::size_t begin_of(std::size_t row) const { return row == 0 ? 0 : ends_[row - 1]; }
  void separate();

  std::string text_;
  std::vector<std::size_t> ends_;
};

}  // namespace tide
