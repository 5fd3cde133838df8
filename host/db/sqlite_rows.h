#pragma once

#include <cstddef>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "tide/value.h"

namespace tide {

// Rows written once and then read once, in the same order. Above `memory_limit` bytes they go to a temporary file.
class SqliteRows {
 public:
  explicit SqliteRows(std::size_t memory_limit) : memory_limit_(memory_limit) {}

  void append(const std::vector<Cell>& row);             // raises kIo when the temporary file cannot take it
  void start_reading();                                  // no append after this
  bool next();                                           // false at the end
  const std::vector<Cell>& row() const { return row_; }  // views stay valid until next

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  void spill();
  bool read_from_file();
  void decode(const char* at, const char* end);

  const std::size_t memory_limit_;
  std::string memory_;
  std::size_t at_ = 0;
  std::unique_ptr<std::FILE, Close> file_;
  std::string record_;
  std::vector<Cell> row_;
};

}  // namespace tide
