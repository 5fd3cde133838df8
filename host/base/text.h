#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace tide {

namespace detail {
inline void append(std::string& out, std::string_view text) { out.append(text); }
inline void append(std::string& out, char c) { out.push_back(c); }
template <class Number, class = std::enable_if_t<std::is_arithmetic_v<Number>>>
void append(std::string& out, Number number) {
  out.append(std::to_string(number));
}
}  // namespace detail

// cat("line ", 3, " of ", file): the pieces, one after the other.
template <class... Pieces>
std::string cat(const Pieces&... pieces) {
  std::string out;
  (detail::append(out, pieces), ...);
  return out;
}

std::string join(const std::vector<std::string>& parts, std::string_view separator);
std::vector<std::string> split(std::string_view text, char separator);
std::string_view trim(std::string_view text);
std::string lower(std::string_view text);
bool starts_with(std::string_view text, std::string_view prefix);
bool ends_with(std::string_view text, std::string_view suffix);

// The candidate at the smallest edit distance, if that is small enough to be a typing mistake; "" otherwise.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

bool is_utf8(std::string_view text);
// Offset (bytes) of the first byte that is not UTF-8, or npos.
std::size_t first_bad_utf8(std::string_view text);
std::size_t utf8_length(std::string_view text);                         // characters
std::size_t utf8_offset(std::string_view text, std::size_t character);  // byte offset of the 1-based character

// Line and column (both 1-based, column in characters) of a byte offset.
struct Place {
  int line = 1;
  int column = 1;
};
Place place_of(std::string_view text, std::size_t offset);

// "1m 05s", "12.3 s", "840 ms"
std::string human_duration(double ms);
// "30s", "500ms", "2m", "1h", "1d", plain number = seconds; -1 when it is none of these.
std::int64_t parse_duration_ms(std::string_view text);

}  // namespace tide
