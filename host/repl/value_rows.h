#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tide/connection.h"

namespace tide {

// Rows that are at hand, as a cursor.
class ValueRows final : public Cursor {
 public:
  ValueRows(std::vector<std::string> names, std::vector<std::vector<Value>> rows)
      : names_(std::move(names)), rows_(std::move(rows)) {}

  const std::vector<std::string>& names() const override { return names_; }
  bool next() override { return next_ < rows_.size() ? (++next_, true) : false; }
  Cell cell(std::size_t column) override;
  Value array(std::size_t column) override { return rows_[next_ - 1].at(column); }
  void close() noexcept override { rows_.clear(); }

 private:
  std::vector<std::string> names_;
  std::vector<std::vector<Value>> rows_;
  std::size_t next_ = 0;
};

}  // namespace tide
