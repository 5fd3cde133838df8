#include "repl/input.h"

#include <algorithm>

#include "base/text.h"
#include "db/sql_lexer.h"

namespace tide {
namespace {

constexpr std::string_view kVerbs[] = {"ABORT",      "ALTER",    "ANALYSE", "ANALYZE", "ATTACH",  "BEGIN",   "CALL",
                                       "CHECKPOINT", "CLOSE",    "CLUSTER", "COMMENT", "COMMIT",  "COPY",    "CREATE",
                                       "DEALLOCATE", "DECLARE",  "DELETE",  "DETACH",  "DISCARD", "DROP",    "EXECUTE",
                                       "EXPLAIN",    "FETCH",    "GRANT",   "IMPORT",  "INSERT",  "LISTEN",  "LOAD",
                                       "LOCK",       "MERGE",    "MOVE",    "NOTIFY",  "PRAGMA",  "PREPARE", "REASSIGN",
                                       "REFRESH",    "REINDEX",  "RELEASE", "REPLACE", "RESET",   "REVOKE",  "ROLLBACK",
                                       "SAVEPOINT",  "SECURITY", "SELECT",  "SET",     "SHOW",    "START",   "TABLE",
                                       "TRUNCATE",   "UNLISTEN", "UPDATE",  "VACUUM",  "VALUES",  "WITH"};
// Mean something without a word behind them.
constexpr std::string_view kAlone[] = {"ABORT",    "ANALYZE", "BEGIN", "CHECKPOINT", "COMMIT",
                                       "ROLLBACK", "VACUUM",  "SHOW",  "END"};

template <std::size_t N>
bool is_one_of(std::string_view word, const std::string_view (&words)[N]) {
  return std::any_of(std::begin(words), std::end(words),
                     [&](std::string_view known) { return same_word(word, known); });
}

bool has_upper_case(std::string_view word) {
  return std::any_of(word.begin(), word.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

// Behind a verb: nothing that makes it a Lua name (x = 1, t.x, t:f(), t[1], f(1)).
bool goes_on_as_sql(SqlLexer& lexer, const Token& verb) {
  const std::string_view word = lexer.text(verb);
  const Token next = lexer.next();
  switch (next.kind) {
    case TokenKind::kEnd:
    case TokenKind::kSemicolon:
      return is_one_of(word, kAlone) || has_upper_case(word) || next.kind == TokenKind::kSemicolon;
    case TokenKind::kOpen:
      return next.begin > verb.end || has_upper_case(word) || ends_with(trim(lexer.text()), ";");
    case TokenKind::kOperator: {
      const char c = lexer.text(next).front();
      return c != '=' && c != '.' && c != ':' && c != '[' && c != ',';
    }
    case TokenKind::kString:
      return next.begin > verb.end;
    default:
      return true;
  }
}

// DO $$ ... and DO LANGUAGE ..., not Lua's do ... end.
bool is_do_block(SqlLexer& lexer) {
  const Token next = lexer.next();
  return next.kind == TokenKind::kString || same_word(lexer.text(next), "LANGUAGE");
}

struct SqlEnd {
  bool found = false;
  std::size_t end = 0;      // of the statement
  std::size_t command = 0;  // of a backslash that ends it; 0 = a semicolon
};

SqlEnd find_end(std::string_view text, Dialect dialect) {
  SqlLexer lexer(text, dialect);
  StatementEnd statement(dialect);
  for (Token token = lexer.next(); token.kind != TokenKind::kEnd; token = lexer.next()) {
    if (statement.ends_at(token, lexer.text(token))) return {true, token.begin, 0};
    if (token.kind == TokenKind::kOperator && lexer.text(token).front() == '\\')
      return {true, token.begin, token.begin};
  }
  return {false, text.size(), 0};
}

std::size_t line_end(std::string_view text, std::size_t from) { return std::min(text.find('\n', from), text.size()); }

Input command_at(std::string_view buffer, std::size_t at) {
  Input input;
  input.kind = Input::Kind::kCommand;
  const std::size_t end = line_end(buffer, at);
  const std::string_view line = buffer.substr(at + 1, end - at - 1);
  const std::size_t word = std::min(line.find_first_of(" \t"), line.size());
  input.text = line.substr(0, word);
  input.argument = trim(line.substr(word));
  input.consumed = std::min(end + 1, buffer.size());
  return input;
}

Input sql_at(std::string_view buffer, std::size_t at, const InputRules& rules) {
  const std::string_view text = buffer.substr(at);
  const SqlEnd end = find_end(text, rules.dialect);
  Input input;
  if (!end.found && !rules.at_end) return input.kind = Input::Kind::kIncomplete, input;
  input.kind = Input::Kind::kSql;
  input.text = trim(text.substr(0, end.end));
  input.consumed = end.found ? at + end.end + 1 : buffer.size();
  if (end.command > 0) {
    const Input command = command_at(buffer, at + end.command);
    input.ended_by = command.text;
    input.ended_argument = command.argument;
    input.consumed = command.consumed;
  }
  return input;
}

// The lines up to the first with which it compiles; without one, all of them.
Input lua_at(std::string_view buffer, std::size_t at, const InputRules& rules) {
  const std::string_view text = buffer.substr(at);
  Input input;
  for (std::size_t end = line_end(text, 0);; end = line_end(text, end + 1)) {
    const bool last = end >= text.size();
    if (rules.lua_complete(text.substr(0, end)) || (last && rules.at_end)) {
      input.kind = Input::Kind::kLua;
      input.text = trim(text.substr(0, end));
      input.consumed = std::min(at + end + 1, buffer.size());
      return input;
    }
    if (last) break;
  }
  input.kind = Input::Kind::kIncomplete;
  return input;
}

}  // namespace

bool looks_like_sql(std::string_view text, Dialect dialect) {
  SqlLexer lexer(text, dialect);
  Token token = lexer.next();
  while (token.kind == TokenKind::kOpen) token = lexer.next();
  if (token.kind != TokenKind::kWord) return starts_with(trim(text), "/*");
  const std::string_view word = lexer.text(token);
  if (same_word(word, "DO")) return is_do_block(lexer);
  if (same_word(word, "END")) return true;
  return is_one_of(word, kVerbs) && goes_on_as_sql(lexer, token);
}

Input next_input(std::string_view buffer, const InputRules& rules) {
  SqlLexer lexer(buffer, rules.dialect);
  lexer.skip_blanks();
  Input input;
  while (lexer.at() < buffer.size() && buffer[lexer.at()] == ';') {
    lexer.seek(lexer.at() + 1);
    lexer.skip_blanks();
  }
  const std::size_t at = lexer.at();
  if (at >= buffer.size()) return input.consumed = buffer.size(), input;
  if (buffer[at] == '\\') return command_at(buffer, at);
  if (looks_like_sql(buffer.substr(at), rules.dialect)) return sql_at(buffer, at, rules);
  return lua_at(buffer, at, rules);
}

}  // namespace tide
