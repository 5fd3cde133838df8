#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "db/sql_scan.h"

namespace tide {

enum class TokenKind : unsigned char {
  kEnd,
  kWord,    // keyword or bare identifier
  kName,    // "quoted", U&"quoted", [bracketed], `backticked`
  kString,  // any string, with its prefix (E'', X'') and the parts that continue it on later lines
  kNumber,
  kParameter,  // $1; on SQLite also ?1, :name, @name, $name
  kOperator,   // also , . : [ ] and each byte that begins nothing else
  kSemicolon,
  kOpen,   // (
  kClose,  // )
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::size_t begin = 0;  // byte offsets in the text
  std::size_t end = 0;
};

// The one lexer of SQL text: linear, and it never fails. What is unfinished reaches to the end of the text; an
// unfinished comment is a token on PostgreSQL (which refuses it) and blank on SQLite (which accepts it).
class SqlLexer {
 public:
  SqlLexer(std::string_view text, Dialect dialect, std::size_t at = 0);

  void skip_blanks();  // white space and comments
  Token next();        // the next token after blanks; kEnd for ever at the end

  std::string_view text() const { return text_; }
  std::string_view text(const Token& token) const { return text_.substr(token.begin, token.end - token.begin); }
  // Appends the token as it is written; a string that goes on in later lines has one space between its parts.
  void append_to(std::string& out, const Token& token) const;
  std::size_t at() const { return at_; }
  void seek(std::size_t offset) { at_ = offset; }
  bool at_end() const { return at_ >= text_.size(); }
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

 private:
  bool postgres() const { return dialect_ == Dialect::kPostgres; }
  std::size_t line_end(std::size_t from) const;
  std::size_t comment_end(std::size_t from) const;  // of a block comment; npos when it is not finished
  std::size_t quoted_end(std::size_t from, char quote, bool backslashes) const;
  std::size_t string_end(std::size_t quote_at, bool backslashes) const;
  std::size_t continuation(std::size_t from) const;  // of a string on a later line; npos when there is none
  std::size_t word_end(std::size_t from) const;
  std::size_t number_end() const;
  std::size_t operator_end();
  std::size_t postgres_operator_end();

  Token token(TokenKind kind, std::size_t end);
  Token word_or_prefixed_string();
  Token dollar();
  Token sqlite_variable();
  Token punctuation(char c);

  std::string_view text_;
  Dialect dialect_;
  std::size_t at_;
  std::size_t signs_end_ = 0;  // up to here only + and - follow, each an operator of its own
};

// Finds where statements end, fed with every token in turn. PostgreSQL as psql does: no semicolon inside parentheses
// or the BEGIN ATOMIC body of a function ends one. SQLite as sqlite3_complete does: a CREATE TRIGGER ends at "; END ;".
class StatementEnd {
 public:
  explicit StatementEnd(Dialect dialect) : dialect_(dialect) {}

  bool ends_at(const Token& token, std::string_view spelling);  // is this the semicolon that ends the statement?
  void reset() { *this = StatementEnd(dialect_); }

 private:
  enum class Head : unsigned char { kStart, kExplain, kCreate, kCreateOr, kReplace, kBody, kOther };
  enum class Tail : unsigned char { kNone, kSemicolon, kEnd };

  bool postgres_ends_at(TokenKind kind, std::string_view spelling);
  bool sqlite_ends_at(TokenKind kind, std::string_view spelling);
  void postgres_word(std::string_view word);

  Dialect dialect_;
  Head head_ = Head::kStart;  // how the statement began; kBody when it may hold semicolons
  Tail tail_ = Tail::kNone;   // SQLite: what of "; END" has been seen
  std::size_t parentheses_ = 0;
  std::size_t blocks_ = 0;   // PostgreSQL: BEGIN ATOMIC and the CASEs open in it
  bool begin_seen_ = false;  // the token before was BEGIN
  bool label_next_ = false;  // the token before was a dot or AS: a word is a name now
};

bool same_word(std::string_view word, std::string_view upper_case);

// One character of a name: letter, digit, underscore or a byte of a multi-byte character.
bool is_name_byte(char c);

}  // namespace tide
