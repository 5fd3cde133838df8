#include <algorithm>
#include <array>

#include "db/sql_lexer.h"

namespace tide {

namespace {

constexpr std::size_t npos = std::string_view::npos;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

enum ByteClass : unsigned char { kBlank = 1, kLetter = 2, kDigit = 4, kOperatorByte = 8 };

constexpr std::array<unsigned char, 256> make_classes() {
  std::array<unsigned char, 256> classes{};
  for (const char c : std::string_view(" \t\n\r\f\v")) classes[static_cast<unsigned char>(c)] = kBlank;
  for (const char c : std::string_view("~!@#^&|`?+-*/%<>=")) classes[static_cast<unsigned char>(c)] = kOperatorByte;
  for (unsigned c = '0'; c <= '9'; ++c) classes[c] = kDigit;
  for (unsigned c = 'a'; c <= 'z'; ++c) classes[c] = classes[c - 'a' + 'A'] = kLetter;
  for (unsigned c = 128; c < 256; ++c) classes[c] = kLetter;
  classes['_'] = kLetter;
  return classes;
}
constexpr std::array<unsigned char, 256> kClasses = make_classes();

bool is(char c, unsigned classes) { return (kClasses[static_cast<unsigned char>(c)] & classes) != 0; }

// What no operator of the SQL standard contains: with one of these an operator may end in + or -.
bool is_extension_operator(char c) { return std::string_view("~!@#^&|`?%").find(c) != npos; }

}  // namespace

bool is_name_byte(char c) { return is(c, kLetter | kDigit); }

bool same_word(std::string_view word, std::string_view upper_case) {
  return word.size() == upper_case.size() &&
         std::equal(word.begin(), word.end(), upper_case.begin(),
                    [](char a, char b) { return (a >= 'a' && a <= 'z' ? static_cast<char>(a - 'a' + 'A') : a) == b; });
}

SqlLexer::SqlLexer(std::string_view text, Dialect dialect, std::size_t at) : text_(text), dialect_(dialect), at_(at) {
  if (at_ == 0 && text_.substr(0, kByteOrderMark.size()) == kByteOrderMark) at_ = kByteOrderMark.size();
}

void SqlLexer::skip_blanks() {
  for (; at_ < text_.size(); ++at_) {
    while (is(peek(), kBlank)) ++at_;
    if (peek() == '-' && peek(1) == '-') {
      at_ = line_end(at_);
    } else if (peek() == '/' && peek(1) == '*') {
      const std::size_t end = comment_end(at_);
      if (end == npos && postgres()) return;
      at_ = std::min(end, text_.size()) - 1;
    } else {
      return;
    }
  }
  at_ = text_.size();
}

Token SqlLexer::next() {
  skip_blanks();
  if (at_end()) return token(TokenKind::kEnd, at_);
  const char c = peek();
  if (is(c, kLetter)) return word_or_prefixed_string();
  if (is(c, kDigit) || (c == '.' && is(peek(1), kDigit))) return token(TokenKind::kNumber, number_end());
  switch (c) {
    case '\'':
      return token(TokenKind::kString, string_end(at_, false));
    case '"':
      return token(TokenKind::kName, quoted_end(at_ + 1, '"', false));
    case ';':
      return token(TokenKind::kSemicolon, at_ + 1);
    case '(':
      return token(TokenKind::kOpen, at_ + 1);
    case ')':
      return token(TokenKind::kClose, at_ + 1);
    case '$':
      return postgres() ? dollar() : sqlite_variable();
    default:
      return punctuation(c);
  }
}

Token SqlLexer::token(TokenKind kind, std::size_t end) {
  const Token result{kind, at_, end};
  at_ = end;
  return result;
}

Token SqlLexer::punctuation(char c) {
  if (postgres()) {
    if (c == '/' && peek(1) == '*') return token(TokenKind::kOperator, text_.size());
    return token(TokenKind::kOperator, operator_end());
  }
  if (c == '[') return token(TokenKind::kName, std::min(text_.find(']', at_), text_.size() - 1) + 1);
  if (c == '`') return token(TokenKind::kName, quoted_end(at_ + 1, '`', false));
  if (c == '?' || c == ':' || c == '@' || c == '#') return sqlite_variable();
  return token(TokenKind::kOperator, operator_end());
}

Token SqlLexer::word_or_prefixed_string() {
  const char prefix = static_cast<char>(peek() | 0x20);
  const char quote = peek(1);
  if (quote == '\'' && prefix == 'x') return token(TokenKind::kString, string_end(at_ + 1, false));
  if (postgres()) {
    if (quote == '\'' && prefix == 'e') return token(TokenKind::kString, string_end(at_ + 1, true));
    if (quote == '\'' && (prefix == 'b' || prefix == 'n')) return token(TokenKind::kString, string_end(at_ + 1, false));
    if (prefix == 'u' && quote == '&') {
      if (peek(2) == '\'') return token(TokenKind::kString, string_end(at_ + 2, false));
      if (peek(2) == '"') return token(TokenKind::kName, quoted_end(at_ + 3, '"', false));
    }
  }
  return token(TokenKind::kWord, word_end(at_));
}

Token SqlLexer::dollar() {
  std::size_t end = at_ + 1;
  if (is(peek(1), kDigit)) {
    while (end < text_.size() && is(text_[end], kDigit)) ++end;
    return token(TokenKind::kParameter, end);
  }
  while (end < text_.size() && is_name_byte(text_[end])) ++end;
  if (end >= text_.size() || text_[end] != '$') return token(TokenKind::kOperator, at_ + 1);
  const std::string_view delimiter = text_.substr(at_, end + 1 - at_);
  const std::size_t close = text_.find(delimiter, end + 1);
  return token(TokenKind::kString, close == npos ? text_.size() : close + delimiter.size());
}

Token SqlLexer::sqlite_variable() {
  const std::size_t end = word_end(at_ + 1);
  return token(end == at_ + 1 && peek() != '?' ? TokenKind::kOperator : TokenKind::kParameter, end);
}

std::size_t SqlLexer::line_end(std::size_t from) const {
  if (!postgres()) return std::min(text_.find('\n', from), text_.size());
  while (from < text_.size() && text_[from] != '\n' && text_[from] != '\r') ++from;
  return from;
}

std::size_t SqlLexer::comment_end(std::size_t from) const {
  if (!postgres()) {
    const std::size_t close = text_.find("*/", from + 2);
    return close == npos ? npos : close + 2;
  }
  std::size_t depth = 0;
  for (std::size_t at = from; at + 1 < text_.size(); ++at) {
    if (text_[at] == '/' && text_[at + 1] == '*') {
      ++depth;
      ++at;
    } else if (text_[at] == '*' && text_[at + 1] == '/') {
      ++at;
      if (--depth == 0) return at + 1;
    }
  }
  return npos;
}

std::size_t SqlLexer::quoted_end(std::size_t from, char quote, bool backslashes) const {
  std::size_t at = from;
  while (true) {
    if (backslashes) {
      while (at < text_.size() && text_[at] != quote && text_[at] != '\\') ++at;
    } else {
      at = text_.find(quote, at);
    }
    if (at >= text_.size()) return text_.size();
    const bool escape = text_[at] == '\\' || (at + 1 < text_.size() && text_[at + 1] == quote);
    if (!escape) return at + 1;
    at += 2;
  }
}

std::size_t SqlLexer::string_end(std::size_t quote_at, bool backslashes) const {
  std::size_t end = quoted_end(quote_at + 1, '\'', backslashes);
  if (!postgres()) return end;
  for (std::size_t more; (more = continuation(end)) != npos;) end = quoted_end(more + 1, '\'', backslashes);
  return end;
}

std::size_t SqlLexer::continuation(std::size_t from) const {
  bool newline = false;
  for (std::size_t at = from; at < text_.size();) {
    const char c = text_[at];
    if (is(c, kBlank)) {
      newline = newline || c == '\n' || c == '\r';
      ++at;
    } else if (c == '-' && at + 1 < text_.size() && text_[at + 1] == '-') {
      at = line_end(at);
    } else {
      return c == '\'' && newline ? at : npos;
    }
  }
  return npos;
}

void SqlLexer::append_to(std::string& out, const Token& token) const {
  std::size_t from = token.begin;
  if (postgres() && token.kind == TokenKind::kString && text_[from] != '$') {
    const bool backslashes = (text_[from] | 0x20) == 'e';
    std::size_t end = quoted_end(text_.find('\'', from) + 1, '\'', backslashes);
    while (end < token.end) {
      out.append(text_.substr(from, end - from)).push_back(' ');
      from = continuation(end);
      end = quoted_end(from + 1, '\'', backslashes);
    }
  }
  out.append(text_.substr(from, token.end - from));
}

std::size_t SqlLexer::word_end(std::size_t from) const {
  while (from < text_.size() && (is_name_byte(text_[from]) || text_[from] == '$')) ++from;
  return from;
}

std::size_t SqlLexer::number_end() const {
  const bool hexadecimal = peek() == '0' && (peek(1) == 'x' || peek(1) == 'X');
  bool fraction = false;
  std::size_t at = at_;
  for (; at < text_.size(); ++at) {
    const char c = text_[at];
    const char after = at + 1 < text_.size() ? text_[at + 1] : '\0';
    if (c == '.' && !fraction && after != '.') {
      fraction = true;
    } else if ((c == '+' || c == '-') && !hexadecimal && (text_[at - 1] | 0x20) == 'e' && is(after, kDigit)) {
      continue;
    } else if (!is_name_byte(c) || (c & 0x80) != 0) {
      break;
    }
  }
  return at;
}

std::size_t SqlLexer::operator_end() {
  static constexpr std::string_view kPostgres[] = {"::", ":=", ".."};
  static constexpr std::string_view kSqlite[] = {"->>", "->", "<=", "<>", "<<", ">=", ">>", "==", "!=", "||"};
  const std::string_view rest = text_.substr(at_, 3);
  const auto longest = [&](const auto& operators) {
    for (const std::string_view candidate : operators) {
      if (rest.substr(0, candidate.size()) == candidate) return at_ + candidate.size();
    }
    return at_ + 1;
  };
  if (!postgres()) return longest(kSqlite);
  return is(peek(), kOperatorByte) ? postgres_operator_end() : longest(kPostgres);
}

// PostgreSQL's rule: as long as possible, stopping before a comment; but an operator made of the standard's
// characters alone does not end in + or -.
std::size_t SqlLexer::postgres_operator_end() {
  if (at_ < signs_end_) return at_ + 1;
  bool extension = false;
  std::size_t last = at_ + 1;  // after the last byte that is not a sign
  std::size_t end = at_;
  for (; end < text_.size() && is(text_[end], kOperatorByte); ++end) {
    const std::string_view pair = text_.substr(end, 2);
    if (end > at_ && (pair == "--" || pair == "/*")) break;
    extension = extension || is_extension_operator(text_[end]);
    if (pair[0] != '+' && pair[0] != '-') last = end + 1;
  }
  if (extension) return end;
  signs_end_ = end;
  return last;
}

}  // namespace tide
