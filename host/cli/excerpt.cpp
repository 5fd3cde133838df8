#include "cli/excerpt.h"

#include <algorithm>
#include <vector>

#include "base/text.h"
#include "cli/width.h"

namespace tide {
namespace {

constexpr int kTab = 4;
constexpr const char* kCut = "\u2026";

// A line as the terminal shows it, and the column (0-based) of its caret; -1 without one.
struct Shown {
  std::string text;
  int caret = -1;
};

// Tabs become blanks and control characters "?", so that columns can be counted. `at` is a byte offset or npos.
Shown expand(std::string_view line, std::size_t at) {
  Shown shown;
  int column = 0;
  for (std::size_t i = 0; i < line.size();) {
    const std::size_t begin = i;
    const char32_t character = next_character(line, i);
    if (begin == at) shown.caret = column;
    const int blanks = kTab - column % kTab;
    const std::string piece = character == '\t' ? std::string(static_cast<std::size_t>(blanks), ' ')
                                                : printable(line.substr(begin, i - begin));
    shown.text += piece;
    column += character == '\t' ? blanks : display_width(piece);
  }
  if (at != std::string_view::npos && shown.caret < 0) shown.caret = column;
  return shown;
}

// The columns [from, from + columns) of a line, with "…" where something is left out.
Shown window(const Shown& whole, int from, int columns) {
  Shown part;
  int column = 0;
  const int first = from > 0 ? from + 1 : 0;
  int shown_from = -1;
  bool cut_right = false;
  for (std::size_t i = 0; i < whole.text.size();) {
    const std::size_t begin = i;
    const int width = character_width(next_character(whole.text, i));
    cut_right = column + width > from + columns - 1 && i < whole.text.size();
    if (cut_right) break;
    if (column >= first) {
      if (shown_from < 0) shown_from = column;
      part.text.append(whole.text, begin, i - begin);
    }
    column += width;
  }
  if (from > 0) part.text.insert(0, kCut);
  if (cut_right) part.text += kCut;
  if (whole.caret >= 0) part.caret = whole.caret - std::max(shown_from, 0) + (from > 0 ? 1 : 0);
  return part;
}

Shown fit(const Shown& whole, int columns) {
  if (display_width(whole.text) <= columns) return whole;
  const int from = whole.caret < columns - 1 ? 0 : whole.caret - columns / 2;
  return window(whole, from, columns);
}

std::string numbered(const std::string& number, int digits, const std::string& text, const Style& style) {
  const std::string margin = std::string(static_cast<std::size_t>(digits) - number.size(), ' ') + number + " |";
  return cat(style.dim(margin), text.empty() ? "" : " ", text, "\n");
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines = split(text, '\n');
  for (std::string& line : lines) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
  }
  while (lines.size() > 1 && trim(lines.back()).empty()) lines.pop_back();
  return lines;
}

}  // namespace

std::string excerpt(std::string_view text, int position, const ExcerptOptions& options) {
  const std::vector<std::string> lines = lines_of(text);
  const int count = static_cast<int>(lines.size());
  const std::size_t offset =
      position > 0 ? std::min(utf8_offset(text, static_cast<std::size_t>(position)), text.size()) : 0;
  const int marked = position > 0 ? std::min(place_of(text, offset).line, count) : 0;
  const int first = std::clamp(marked - options.lines / 2, 1, std::max(count - options.lines + 1, 1));
  const int last = std::min(first + options.lines - 1, count);
  const int digits = static_cast<int>(std::to_string(options.first_line + last - 1).size());
  const std::size_t line_begin = offset == 0 ? 0 : text.rfind('\n', offset - 1) + 1;

  std::string out;
  for (int i = first; i <= last; ++i) {
    const std::size_t at = i == marked ? offset - line_begin : std::string_view::npos;
    const Shown shown = fit(expand(lines[static_cast<std::size_t>(i - 1)], at), options.columns);
    out += numbered(std::to_string(options.first_line + i - 1), digits, shown.text, options.style);
    if (shown.caret < 0) continue;
    const std::string blanks(static_cast<std::size_t>(shown.caret), ' ');
    out += numbered("", digits, blanks + options.style.red("^"), options.style);
  }
  if (last < count)
    out += cat(std::string(static_cast<std::size_t>(digits), ' '), " | ", kCut, " ", count - last, " more lines\n");
  return out;
}

}  // namespace tide
