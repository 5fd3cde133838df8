#include "base/lines.h"

#include <algorithm>

#include "base/text.h"

namespace tide {
namespace {

constexpr std::size_t kLongest = 8192;
constexpr std::size_t kLongestCharacter = 4;

// Where a line that is too long is cut. A blank is looked for so that no word, which may be a secret, is halved.
std::size_t place_to_cut(std::string_view line) {
  const std::size_t blank = line.find_last_of(" \t", kLongest - 1);
  if (blank != std::string_view::npos && blank >= kLongest / 2) return blank + 1;
  std::size_t at = kLongest;
  const auto continues = [&] { return (static_cast<unsigned char>(line[at]) & 0xC0) == 0x80; };
  while (at > kLongest - kLongestCharacter && continues()) --at;
  return continues() ? kLongest : at;
}

// Two searches for one byte are several times faster than one for either.
std::size_t line_end(std::string_view text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  return std::min(line.find('\r'), line.size());
}

std::string escaped(unsigned char byte) {
  constexpr const char* kDigits = "0123456789abcdef";
  return {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
}

}  // namespace

void Lines::add(std::string_view piece) {
  while (!piece.empty()) {
    if (after_return_ && piece.front() == '\n') piece.remove_prefix(1);
    after_return_ = false;
    const std::size_t end = line_end(piece);
    begun_.append(piece.substr(0, end));
    cut_long();
    piece.remove_prefix(end);
    if (piece.empty()) return;
    after_return_ = piece.front() == '\r';
    piece.remove_prefix(1);
    take_(as_utf8(begun_));
    begun_.clear();
  }
}

void Lines::end() {
  if (!begun_.empty()) take_(as_utf8(begun_));
  begun_.clear();
}

void Lines::cut_long() {
  std::size_t done = 0;
  for (std::string_view left = begun_; left.size() > kLongest; left = std::string_view(begun_).substr(done)) {
    const std::size_t at = place_to_cut(left);
    take_(as_utf8(left.substr(0, at)));
    done += at;
  }
  begun_.erase(0, done);
}

std::string as_utf8(std::string_view bytes) {
  std::string text;
  for (;;) {
    const std::size_t bad = first_bad_utf8(bytes);
    text.append(bytes.substr(0, bad));
    if (bad == std::string_view::npos) return text;
    text += escaped(static_cast<unsigned char>(bytes[bad]));
    bytes.remove_prefix(bad + 1);
  }
}

std::string last_lines(std::string_view text, std::size_t lines, std::size_t bytes) {
  text = text.substr(0, text.find_last_not_of(" \t\r\n") + 1);
  std::size_t begin = text.size();
  for (std::size_t taken = 0; taken < lines && begin > 0; ++taken) {
    const std::size_t line_break = text.substr(0, begin - 1).rfind('\n');
    const std::size_t line = line_break == std::string_view::npos ? 0 : line_break + 1;
    if (text.size() - line > bytes) break;
    begin = line;
  }
  if (begin == text.size() && begin > bytes) {
    const std::size_t blank = text.find_first_of(" \t", begin - bytes);
    begin = std::min(blank == std::string_view::npos ? blank : blank + 1, begin);
  }
  return as_utf8(text.substr(begin));
}

}  // namespace tide
