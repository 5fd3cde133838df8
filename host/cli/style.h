#pragma once

#include <string>
#include <string_view>

namespace tide {

// Colours where they are allowed, plain text elsewhere.
struct Style {
  bool colours = false;

  std::string bold(std::string_view text) const { return wrap("1", text); }
  std::string dim(std::string_view text) const { return wrap("2", text); }
  std::string red(std::string_view text) const { return wrap("31", text); }
  std::string green(std::string_view text) const { return wrap("32", text); }
  std::string yellow(std::string_view text) const { return wrap("33", text); }

 private:
  std::string wrap(const char* code, std::string_view text) const {
    if (!colours) return std::string(text);
    return std::string("\033[").append(code).append("m").append(text).append("\033[0m");
  }
};

}  // namespace tide
