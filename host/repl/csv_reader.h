#pragma once

#include <fstream>
#include <optional>
#include <string>
#include <vector>

namespace tide {

// Reads CSV (RFC 4180) record by record, in constant memory. An empty field without quotes is NULL.
class CsvReader {
 public:
  explicit CsvReader(const std::string& path);  // kIo
  // False at the end. kUsage, naming the line, for a quote that does not end or stands in the middle of a field.
  bool next(std::vector<std::optional<std::string>>& fields);

 private:
  std::string read_quoted();

  std::string path_;
  std::ifstream file_;
  long line_ = 1;
};

}  // namespace tide
