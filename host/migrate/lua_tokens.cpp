#include "migrate/lua_tokens.h"

#include <algorithm>
#include <string>

#include "base/text.h"

namespace tide {
namespace {

constexpr std::string_view kOperators[] = {"...", "..", "==", "~=", "<=", ">=", "::"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
// LuaJIT takes every byte above ASCII as a letter.
bool is_word(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80) != 0;
}

}  // namespace

LuaTokens::LuaTokens(std::string_view text) : text_(text) {
  if (starts_with(text_, "\xEF\xBB\xBF")) at_ = 3;
  if (peek() == '#') skip_line();
}

std::string_view LuaTokens::next() {
  skip_blank();
  if (at_ >= text_.size()) return {};
  std::size_t from = at_;
  char c = peek();
  if (is_digit(c) || (c == '.' && is_digit(peek(1)))) {
    pass_number();
  } else if (is_word(c)) {
    while (is_word(peek())) ++at_;
  } else if (c == '"' || c == '\'') {
    pass_quoted();
  } else if (std::size_t level = c == '[' ? long_bracket() : std::string_view::npos; level != std::string_view::npos) {
    pass_long(level);
  } else {
    pass_operator();
  }
  return take(from);
}

char LuaTokens::peek(std::size_t ahead) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

std::string_view LuaTokens::take(std::size_t from) {
  at_ = std::min(at_, text_.size());
  return text_.substr(from, at_ - from);
}

void LuaTokens::skip_blank() {
  do {
    while (is_space(peek())) ++at_;
  } while (skip_comment());
}

void LuaTokens::skip_line() { at_ = std::min(text_.find_first_of("\r\n", at_), text_.size()); }

bool LuaTokens::skip_comment() {
  if (peek() != '-' || peek(1) != '-') return false;
  at_ += 2;
  std::size_t level = peek() == '[' ? long_bracket() : std::string_view::npos;
  if (level == std::string_view::npos) {
    skip_line();
  } else {
    pass_long(level);
  }
  return true;
}

// The number of "=" of the long bracket that opens here, or npos.
std::size_t LuaTokens::long_bracket() const {
  std::size_t level = 0;
  while (peek(1 + level) == '=') ++level;
  return peek(1 + level) == '[' ? level : std::string_view::npos;
}

void LuaTokens::pass_long(std::size_t level) {
  std::string closing = cat("]", std::string(level, '='), "]");
  std::size_t end = text_.find(closing, at_ + level + 2);
  at_ = end == std::string_view::npos ? text_.size() : end + closing.size();
}

void LuaTokens::pass_quoted() {
  char quote = text_[at_++];
  while (at_ < text_.size() && text_[at_] != quote) at_ += text_[at_] == '\\' ? 2 : 1;
  ++at_;
}

// As LuaJIT does: letters, digits and dots, and a sign behind the exponent's letter.
void LuaTokens::pass_number() {
  char exponent = peek() == '0' && (peek(1) | 0x20) == 'x' ? 'p' : 'e';
  char before = '\0';
  while (is_word(peek()) || peek() == '.' || ((peek() == '+' || peek() == '-') && (before | 0x20) == exponent)) {
    before = text_[at_++];
  }
}

void LuaTokens::pass_operator() {
  for (std::string_view op : kOperators) {
    if (!starts_with(text_.substr(at_), op)) continue;
    at_ += op.size();
    return;
  }
  ++at_;
}

}  // namespace tide
