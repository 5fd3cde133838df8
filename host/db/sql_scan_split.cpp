#include "db/sql_lexer.h"

namespace tide {

bool StatementEnd::ends_at(const Token& token, std::string_view spelling) {
  return dialect_ == Dialect::kPostgres ? postgres_ends_at(token.kind, spelling) : sqlite_ends_at(token.kind, spelling);
}

bool StatementEnd::postgres_ends_at(TokenKind kind, std::string_view spelling) {
  if (kind == TokenKind::kSemicolon) return parentheses_ == 0 && blocks_ == 0;
  if (kind == TokenKind::kOpen) ++parentheses_;
  if (kind == TokenKind::kClose && parentheses_ > 0) --parentheses_;
  if (head_ == Head::kOther) return false;
  const bool word = kind == TokenKind::kWord;
  if (word) postgres_word(spelling);
  begin_seen_ = word && blocks_ == 0 && same_word(spelling, "BEGIN");
  label_next_ = spelling == "." || (word && same_word(spelling, "AS"));
  return false;
}

// CREATE [OR REPLACE] FUNCTION | PROCEDURE may have a body between BEGIN ATOMIC and END, in which CASE has an END too.
void StatementEnd::postgres_word(std::string_view word) {
  switch (head_) {
    case Head::kStart:
      head_ = same_word(word, "CREATE") ? Head::kCreate : Head::kOther;
      return;
    case Head::kCreateOr:
      head_ = same_word(word, "REPLACE") ? Head::kReplace : Head::kOther;
      return;
    case Head::kCreate:
      if (same_word(word, "OR")) {
        head_ = Head::kCreateOr;
        return;
      }
      [[fallthrough]];
    case Head::kReplace:
      head_ = same_word(word, "FUNCTION") || same_word(word, "PROCEDURE") ? Head::kBody : Head::kOther;
      return;
    default:
      break;
  }
  if (parentheses_ > 0 || label_next_) return;
  if (blocks_ == 0) {
    if (begin_seen_ && same_word(word, "ATOMIC")) blocks_ = 1;
  } else if (same_word(word, "CASE")) {
    ++blocks_;
  } else if (same_word(word, "END")) {
    --blocks_;
  }
}

bool StatementEnd::sqlite_ends_at(TokenKind kind, std::string_view spelling) {
  const bool word = kind == TokenKind::kWord;
  if (kind == TokenKind::kSemicolon) {
    if (head_ != Head::kBody || tail_ == Tail::kEnd) return true;
    tail_ = Tail::kSemicolon;
  } else if (head_ == Head::kBody) {
    tail_ = tail_ == Tail::kSemicolon && word && same_word(spelling, "END") ? Tail::kEnd : Tail::kNone;
  } else if (head_ == Head::kStart || head_ == Head::kExplain) {
    head_ = word && same_word(spelling, "CREATE")                             ? Head::kCreate
            : word && head_ == Head::kStart && same_word(spelling, "EXPLAIN") ? Head::kExplain
            : head_ == Head::kExplain                                         ? Head::kExplain
                                                                              : Head::kOther;
  } else if (head_ == Head::kCreate && word && same_word(spelling, "TRIGGER")) {
    head_ = Head::kBody;
  } else if (!(head_ == Head::kCreate && word && (same_word(spelling, "TEMP") || same_word(spelling, "TEMPORARY")))) {
    head_ = Head::kOther;
  }
  return false;
}

std::vector<SqlSpan> split_sql(std::string_view text, Dialect dialect) {
  std::vector<SqlSpan> spans;
  SqlLexer lexer(text, dialect);
  StatementEnd end(dialect);
  SqlSpan span;
  for (Token token = lexer.next(); token.kind != TokenKind::kEnd; token = lexer.next()) {
    if (end.ends_at(token, lexer.text(token))) {
      if (span.end > 0) spans.push_back(span);
      span = {};
      end.reset();
    } else {
      if (span.end == 0) span.begin = token.begin;
      span.end = token.end;
    }
  }
  if (span.end > 0) spans.push_back(span);
  return spans;
}

std::string sql_tokens(std::string_view text, Dialect dialect) {
  std::string out;
  SqlLexer lexer(text, dialect);
  for (Token token = lexer.next(); token.kind != TokenKind::kEnd; token = lexer.next()) {
    lexer.append_to(out, token);
    out.push_back('\n');
  }
  return out;
}

}  // namespace tide
