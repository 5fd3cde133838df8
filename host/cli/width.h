#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tide {

// Columns of a terminal that a character takes: 0 (combining, invisible), 1, or 2 (East Asian wide, emoji).
int character_width(char32_t character);

// The character at `at`, which moves behind it. A byte that is no UTF-8 counts as one character, U+FFFD.
char32_t next_character(std::string_view text, std::size_t& at);

int display_width(std::string_view text);

// `text` filled with blanks to `columns`; unchanged when it is wider.
std::string pad(std::string_view text, int columns);
// At most `columns` wide, cut text ending in "…".
std::string clip(std::string_view text, int columns);

// Nothing that a terminal would obey: control characters but newline and tab become "?", so do bytes that are no UTF-8.
std::string printable(std::string_view text);
// One line: runs of white space become one blank, the ends are trimmed.
std::string one_line(std::string_view text);

}  // namespace tide
