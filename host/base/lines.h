#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace tide {

// Makes lines of text out of bytes that come in pieces. A line ends at \n, \r\n or \r (a progress display); one longer
// than 8 KiB is cut, behind a blank where there is one. Bytes that are not UTF-8 come out as \xNN.
class Lines {
 public:
  using Take = std::function<void(const std::string& line)>;
  explicit Lines(Take take) : take_(std::move(take)) {}

  void add(std::string_view piece);
  void end();  // gives what stands behind the last line break

 private:
  void cut_long();

  Take take_;
  std::string begun_;
  bool after_return_ = false;
};

// Each byte that is not UTF-8 as \xNN.
std::string as_utf8(std::string_view bytes);

// The end of the text: at most so many lines, whole ones, that have together at most so many bytes; of a last line that
// is longer than that, whole words. Blank lines at the end do not count.
std::string last_lines(std::string_view text, std::size_t lines, std::size_t bytes);

}  // namespace tide
