#include "repl/csv_reader.h"

#include "base/text.h"
#include "tide/error.h"

namespace tide {

CsvReader::CsvReader(const std::string& path) : path_(path), file_(path, std::ios::binary) {
  if (!file_) throw Error(ErrorKind::kIo, cat(path, " cannot be read"));
}

// Behind the opening quote, to behind the closing one.
std::string CsvReader::read_quoted() {
  const long began = line_;
  std::string text;
  for (int c = file_.get(); c != std::char_traits<char>::eof(); c = file_.get()) {
    if (c == '"') {
      if (file_.peek() != '"') return text;
      file_.get();
    }
    if (c == '\n') ++line_;
    text += static_cast<char>(c);
  }
  throw Error(ErrorKind::kUsage, cat("a quote that opens here does not end")).at(path_, static_cast<int>(began));
}

bool CsvReader::next(std::vector<std::optional<std::string>>& fields) {
  fields.assign(1, std::nullopt);
  constexpr int kEnd = std::char_traits<char>::eof();
  bool any = false, closed = false;
  for (int c = file_.get(); c != kEnd; c = file_.get()) {
    any = true;
    if (c == '\n') return ++line_, true;
    if (c == '\r' && file_.peek() == '\n') continue;
    if (c == ',') {
      fields.emplace_back();
      closed = false;
    } else if (c == '"' && !fields.back()) {
      fields.back() = read_quoted();
      closed = true;
    } else if (closed || c == '"') {
      throw Error(ErrorKind::kUsage, "a quote stands in the middle of a field").at(path_, static_cast<int>(line_));
    } else {
      if (!fields.back()) fields.back().emplace();
      *fields.back() += static_cast<char>(c);
    }
  }
  return any;
}

}  // namespace tide
