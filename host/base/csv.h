#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tide {

// One field of CSV (RFC 4180) as COPY ... (FORMAT csv) writes it. `alone`: its line has no other. NULL is no field: an
// empty text is written as "".
void append_csv_field(std::string& out, std::string_view text, bool alone, char delimiter = ',');

// Reads CSV (RFC 4180) record by record, in the memory of one record. An empty field without quotes is NULL, one in
// quotes is an empty text. Lines end in \n or \r\n, the last one perhaps in nothing; a UTF-8 byte order mark is
// skipped.
//
// kIo, naming `name` and the line, for: a quote that does not end (the line it opens on) or stands in the middle of a
// field, a NUL byte, bytes that are not UTF-8, a \r alone, a record of more than 64 MiB.
class CsvReader {
 public:
  using Source = std::function<std::size_t(char* into, std::size_t room)>;  // how many bytes it gave; 0 at the end

  CsvReader(std::string name, Source source, char delimiter = ',');

  bool next();  // false at the end

  // The record at hand; views stay valid until next().
  std::size_t size() const { return fields_.size(); }
  bool is_null(std::size_t i) const { return fields_[i].null; }
  std::string_view field(std::size_t i) const { return std::string_view(text_).substr(fields_[i].at, fields_[i].size); }
  std::int64_t line() const { return line_; }  // 1-based, where it begins

  // Behind the record at hand: where reading goes on.
  std::int64_t offset() const { return before_ + static_cast<std::int64_t>(at_); }
  std::int64_t next_line() const { return next_line_; }
  // The source has been put to `offset`, the beginning of a record on `line`.
  void go_on_at(std::int64_t offset, std::int64_t line);

 private:
  struct Field {
    std::size_t at, size;
    bool null;
  };

  bool more();  // whether there is a byte at at_; reads on where the buffer is used up
  void skip_mark();
  bool read_field();  // whether another one follows
  void read_quoted();
  void read_plain();
  bool end_field();
  void take_while(const bool (&ends)[256]);
  void check_text() const;
  [[noreturn]] void refuse(const std::string& what, std::int64_t line) const;

  std::string name_;
  Source source_;
  char delimiter_;
  bool ends_plain_[256] = {};
  bool ends_quoted_[256] = {};
  std::string buffer_;
  std::size_t at_ = 0, end_ = 0;
  std::int64_t before_ = 0;  // bytes that have left the buffer
  std::string text_;         // of the record, without quotes
  std::vector<Field> fields_;
  std::int64_t line_ = 0, next_line_ = 1;
};

}  // namespace tide
