#include "base/csv.h"

#include <algorithm>

#include "base/text.h"
#include "tide/error.h"

namespace tide {
namespace {

constexpr std::size_t kBufferBytes = 256 * 1024;
constexpr std::size_t kLongestRecord = 64 * 1024 * 1024;

unsigned char byte(char c) { return static_cast<unsigned char>(c); }

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return byte(c) < 0x80; });
}

std::string hex(char c) {
  constexpr const char* kDigits = "0123456789ABCDEF";
  return {kDigits[byte(c) >> 4], kDigits[byte(c) & 15]};
}

}  // namespace

void append_csv_field(std::string& out, std::string_view text, bool alone, char delimiter) {
  const char special[] = {delimiter, '"', '\r', '\n'};
  const bool quote = text.empty() || text.find_first_of(std::string_view(special, sizeof special)) != text.npos ||
                     (alone && text == "\\.");
  if (!quote) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

CsvReader::CsvReader(std::string name, Source source, char delimiter)
    : name_(std::move(name)), source_(std::move(source)), delimiter_(delimiter), buffer_(kBufferBytes, '\0') {
  for (const char c : {delimiter, '"', '\r', '\n', '\0'}) ends_plain_[byte(c)] = true;
  for (const char c : {'"', '\n', '\0'}) ends_quoted_[byte(c)] = true;
}

void CsvReader::refuse(const std::string& what, std::int64_t line) const {
  throw Error(ErrorKind::kIo, what).at(name_, static_cast<int>(line));
}

bool CsvReader::more() {
  if (at_ < end_) return true;
  before_ += static_cast<std::int64_t>(end_);
  at_ = 0;
  end_ = source_(buffer_.data(), buffer_.size());
  return end_ > 0;
}

// A mark of UTF-16 is bytes that are not UTF-8, which is said when they are looked at.
void CsvReader::skip_mark() {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  if (!more()) return;
  for (std::size_t got = 1; got > 0 && end_ < kMark.size(); end_ += got) {
    got = source_(buffer_.data() + end_, buffer_.size() - end_);
  }
  if (starts_with(std::string_view(buffer_).substr(0, end_), kMark)) at_ = kMark.size();
}

void CsvReader::go_on_at(std::int64_t offset, std::int64_t line) {
  at_ = end_ = 0;
  before_ = offset;
  next_line_ = line;
}

bool CsvReader::next() {
  if (before_ == 0 && at_ == 0 && next_line_ == 1) skip_mark();
  text_.clear();
  fields_.clear();
  line_ = next_line_;
  if (!more()) return false;
  while (read_field()) {
  }
  check_text();
  return true;
}

bool CsvReader::read_field() {
  fields_.push_back({text_.size(), 0, true});
  if (more() && buffer_[at_] == '"') {
    ++at_;
    read_quoted();
    fields_.back().null = false;
  } else {
    read_plain();
    fields_.back().null = text_.size() == fields_.back().at;
  }
  fields_.back().size = text_.size() - fields_.back().at;
  return end_field();
}

// Takes bytes up to one that ends a run, or to the end of the file.
void CsvReader::take_while(const bool (&ends)[256]) {
  while (more()) {
    const std::size_t from = at_;
    while (at_ < end_ && !ends[byte(buffer_[at_])]) ++at_;
    text_.append(buffer_, from, at_ - from);
    if (text_.size() > kLongestRecord) {
      refuse("the record that begins here is longer than 64 MiB: perhaps a quote is not closed", line_);
    }
    if (at_ < end_) return;
  }
}

void CsvReader::read_plain() { take_while(ends_plain_); }

// Behind the opening quote, to behind the closing one.
void CsvReader::read_quoted() {
  const std::int64_t opened = next_line_;
  while (true) {
    take_while(ends_quoted_);
    if (!more()) refuse("the quote that opens on this line is never closed", opened);
    const char c = buffer_[at_++];
    if (c == '\0') refuse("a NUL byte: this is no text", next_line_);
    if (c == '\n') ++next_line_;
    if (c == '"') {
      if (!more() || buffer_[at_] != '"') return;
      ++at_;
    }
    text_ += c;
  }
}

// At what ends a field; true when that is a delimiter.
bool CsvReader::end_field() {
  if (!more()) return false;
  const char c = buffer_[at_++];
  if (c == delimiter_) return true;
  if (c == '\r' && more() && buffer_[at_++] != '\n') {
    refuse("a carriage return alone: lines end in \\n or \\r\\n, and a field that holds one stands in quotes",
           next_line_);
  }
  if (c == '\n' || c == '\r') return ++next_line_, false;
  if (c == '\0') refuse("a NUL byte: this is no text, or it is UTF-16, which has to be saved as UTF-8", next_line_);
  refuse(cat(c == '"' ? "a quote stands in the middle of field " : "text stands behind the closing quote of field ",
             fields_.size(), ": a field with quotes in it stands in quotes, each of its own written twice"),
         next_line_);
}

void CsvReader::check_text() const {
  if (is_ascii(text_)) return;
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    const std::size_t bad = first_bad_utf8(field(i));
    if (bad == std::string_view::npos) continue;
    refuse(cat("field ", i + 1, " is not UTF-8: byte 0x", hex(field(i)[bad]), ", its ", bad + 1,
               "th; save the file as UTF-8"),
           line_);
  }
}

}  // namespace tide
