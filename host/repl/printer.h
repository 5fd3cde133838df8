#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "repl/rows.h"
#include "tide/connection.h"

namespace tide {

// Collects pieces of output, and passes them on in large ones that end where a piece ended.
class Spool {
 public:
  explicit Spool(Put put) : put_(std::move(put)) {}
  void add(std::string_view piece);
  void flush();

 private:
  Put put_;
  std::string held_;
};

// Runs one SQL statement and writes its rows in constant memory. CSV is asked of the server, where it can write it.
// What returns no rows gives the number of those affected, or -1.
struct SqlPrinter {
  RowFormat format = RowFormat::kAligned;
  RowStyle style;
  std::int64_t limit = 0;  // rows; 0 = all

  struct Result {
    bool has_rows = false;
    std::int64_t rows = 0;  // written, or affected
    bool cut = false;
  };
  Result run(Connection& connection, const Statement& statement, const Put& put) const;
};

}  // namespace tide
