#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/csv.h"
#include "sys/descriptor.h"
#include "sys/digest.h"

namespace tide {

// A CSV file whose first line names its columns. Lines without anything are passed over where there are several
// columns. All it raises is kIo, naming the file and, within it, the line.
class CsvFile {
 public:
  // `shown` is what errors call the file. Refused: what is not there, a folder, an empty file, a column without a name,
  // two of the same name. `digest`, which must outlive this, is fed all bytes as they are read.
  CsvFile(const std::string& path, const std::string& shown, char delimiter = ',', Sha256* digest = nullptr);
  CsvFile(const CsvFile&) = delete;
  CsvFile& operator=(const CsvFile&) = delete;

  const std::vector<std::string>& names() const { return names_; }
  // The next record, in record(); false at the end. Another number of fields than the header has is refused.
  bool next();
  const CsvReader& record() const { return reader_; }
  std::int64_t bytes() const { return bytes_; }

  // To the beginning of a record, as record().offset() and next_line() have told it.
  void go_on_at(std::int64_t offset, std::int64_t line);
  // kIo when the file is another one than when it was opened.
  void refuse_if_changed() const;

 private:
  std::size_t read(char* into, std::size_t room);
  void read_header();

  std::string path_, shown_;
  Descriptor fd_;
  Sha256* digest_;
  std::int64_t bytes_ = 0, modified_ns_ = 0;
  CsvReader reader_;
  std::vector<std::string> names_;
};

struct CsvSurvey {
  std::int64_t rows = 0;
  std::int64_t bytes = 0;
  std::string sha256;
};

// Reads the whole file, so that what is wrong in its form is known before its first row is used. `key` names columns
// that find a row: the same texts in two lines are refused (16 bytes of memory a line).
CsvSurvey survey_csv(const std::string& path, const std::string& shown, char delimiter,
                     const std::vector<std::string>& key);

}  // namespace tide
