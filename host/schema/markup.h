#pragma once

#include <string>
#include <string_view>

namespace tide {

// Text for XML and HTML, in elements and attributes. What XML cannot hold is left out.
inline std::string markup_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\n':
        out += ' ';
        break;
      default:
        if (static_cast<unsigned char>(c) >= ' ' && c != 0x7f) out += c;
    }
  }
  return out;
}

}  // namespace tide
