#pragma once

#include <string>
#include <string_view>

#include "cli/style.h"

namespace tide {

struct ExcerptOptions {
  Style style;
  int first_line = 1;  // the number of the text's first line
  int lines = 9;       // at most so many, around the caret
  int columns = 100;   // longer lines are cut around the caret, or at their end
};

// Numbered lines of `text`, with a caret below its 1-based character `position` (0 = no caret; one behind the last
// character points behind it). Right under tabs, wide and combining characters. Every line ends in a newline.
std::string excerpt(std::string_view text, int position, const ExcerptOptions& options = {});

}  // namespace tide
