#pragma once

#include <string_view>

namespace tide {

// The tokens of a Lua text as LuaJIT reads them. White space, comments, a first line "#!..." and a byte order mark are
// no tokens. Never fails: what is unfinished reaches to the end of the text.
class LuaTokens {
 public:
  explicit LuaTokens(std::string_view text);
  // The token as it is written, strings with their quotes; empty at the end.
  std::string_view next();

 private:
  char peek(std::size_t ahead = 0) const;
  void skip_blank();
  void skip_line();
  bool skip_comment();
  std::string_view take(std::size_t from);
  std::size_t long_bracket() const;
  void pass_long(std::size_t level);
  void pass_quoted();
  void pass_number();
  void pass_operator();

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace tide
