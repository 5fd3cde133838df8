#pragma once

#include <string>
#include <vector>

namespace tide {

// A table for people: columns as wide as their widest cell on a terminal, two blanks apart, no trailing blanks.
class Table {
 public:
  explicit Table(std::vector<std::string> header);

  // Missing cells are empty.
  void add(std::vector<std::string> row);
  bool empty() const { return rows_.size() == 1; }

  // Numbers read best aligned to the right.
  void align_right(std::size_t column);

  std::string text() const;  // each line ends in a newline

 private:
  std::vector<std::vector<std::string>> rows_;  // the header first
  std::vector<bool> right_;
};

}  // namespace tide
