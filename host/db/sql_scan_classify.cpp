#include <algorithm>
#include <initializer_list>

#include "db/sql_lexer.h"

namespace tide {

namespace {

// The tokens of one statement, begun after leading parentheses; a parenthesised group counts as one token.
class Words {
 public:
  Words(std::string_view statement, Dialect dialect) : lexer_(statement, dialect) {
    do current_ = lexer_.next();
    while (current_.kind == TokenKind::kOpen || current_.kind == TokenKind::kSemicolon);
  }

  TokenKind kind() const { return current_.kind; }
  std::string_view spelling() const { return lexer_.text(current_); }
  bool at_end() const { return kind() == TokenKind::kEnd || kind() == TokenKind::kSemicolon; }
  bool is(std::string_view word) const { return kind() == TokenKind::kWord && same_word(spelling(), word); }
  bool is_one_of(std::initializer_list<std::string_view> words) const {
    return std::any_of(words.begin(), words.end(), [this](std::string_view word) { return is(word); });
  }

  void advance() {
    current_ = lexer_.next();
    if (kind() != TokenKind::kOpen) return;
    Token inner = current_;
    for (std::size_t depth = 1; depth > 0 && inner.kind != TokenKind::kEnd;) {
      inner = lexer_.next();
      if (inner.kind == TokenKind::kOpen) ++depth;
      if (inner.kind == TokenKind::kClose) --depth;
    }
    current_.end = inner.end;
  }
  bool accept(std::string_view word) {
    if (!is(word)) return false;
    advance();
    return true;
  }
  bool accept_group() {
    if (kind() != TokenKind::kOpen) return false;
    advance();
    return true;
  }
  bool skip_to(std::string_view word) {
    while (!at_end() && !is(word)) advance();
    return is(word);
  }

 private:
  SqlLexer lexer_;
  Token current_;
};

std::string upper(std::string_view word) {
  std::string out(word);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

bool ends_transaction(Words words) {
  if (words.accept("PREPARE")) return words.accept("TRANSACTION") && words.kind() == TokenKind::kString;
  if (words.accept("COMMIT") || words.accept("END")) return !words.is("PREPARED");
  if (!words.accept("ROLLBACK") && !words.accept("ABORT")) return false;
  if (!words.accept("WORK")) words.accept("TRANSACTION");
  return !words.is("TO") && !words.is("PREPARED");
}

bool begins_transaction(Words words) { return words.is("BEGIN") || (words.accept("START") && words.is("TRANSACTION")); }

// REINDEX (VERBOSE, CONCURRENTLY): an option is on unless it is said to be off.
bool option_is_on(std::string_view group, std::string_view option) {
  SqlLexer lexer(group, Dialect::kPostgres);
  for (Token token = lexer.next(); token.kind != TokenKind::kEnd; token = lexer.next()) {
    if (!same_word(lexer.text(token), option)) continue;
    const std::string_view value = lexer.text(lexer.next());
    return !same_word(value, "FALSE") && !same_word(value, "OFF") && value != "0";
  }
  return false;
}

bool reindex_outside(Words words) {
  if (words.kind() == TokenKind::kOpen && option_is_on(words.spelling(), "CONCURRENTLY")) return true;
  words.accept_group();
  if (words.is_one_of({"SCHEMA", "DATABASE", "SYSTEM"})) return true;
  words.advance();
  return words.is("CONCURRENTLY");
}

bool alter_outside(Words words) {
  if (words.is("SYSTEM")) return true;
  if (words.accept("DATABASE")) {
    words.advance();
    return words.accept("SET") && words.is("TABLESPACE");
  }
  if (words.accept("SUBSCRIPTION")) return words.skip_to("REFRESH");
  return words.accept("TABLE") && words.skip_to("DETACH") && words.skip_to("CONCURRENTLY");
}

bool create_or_drop_outside(Words words) {
  if (words.is_one_of({"DATABASE", "TABLESPACE", "SUBSCRIPTION"})) return true;
  words.accept("UNIQUE");
  return words.accept("INDEX") && words.is("CONCURRENTLY");
}

bool cluster_outside(Words words) {
  words.accept("VERBOSE");
  words.accept_group();
  return words.at_end();
}

bool postgres_outside(Words words) {
  if (words.is("VACUUM")) return true;
  if (words.accept("CREATE") || words.accept("DROP")) return create_or_drop_outside(words);
  if (words.accept("REINDEX")) return reindex_outside(words);
  if (words.accept("ALTER")) return alter_outside(words);
  if (words.accept("CLUSTER")) return cluster_outside(words);
  if (words.accept("DISCARD")) return words.is("ALL");
  return (words.accept("COMMIT") || words.accept("ROLLBACK")) && words.is("PREPARED");
}

// A PRAGMA that sets one of these is refused in a transaction, or silently does nothing there.
bool sqlite_outside(Words words) {
  if (words.is("VACUUM")) return true;
  if (!words.accept("PRAGMA")) return false;
  std::string_view name = words.spelling();
  words.advance();
  if (words.spelling() == ".") {
    words.advance();
    name = words.spelling();
    words.advance();
  }
  const bool bound =
      same_word(name, "FOREIGN_KEYS") || same_word(name, "JOURNAL_MODE") || same_word(name, "SYNCHRONOUS");
  return bound && (words.spelling() == "=" || words.kind() == TokenKind::kOpen);
}

bool copies_from_stdin(Words words) {
  if (!words.accept("COPY") || !words.skip_to("FROM")) return false;
  words.advance();
  return words.is("STDIN") || words.is("STDOUT");
}

// Moves over the named queries of WITH to the statement proper; their names may be spelled like its verb.
void skip_named_queries(Words& words) {
  words.accept("RECURSIVE");
  words.advance();
  while (!words.at_end() &&
         !words.is_one_of({"SELECT", "VALUES", "TABLE", "INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE"})) {
    const bool comma = words.spelling() == ",";
    words.advance();
    if (comma) words.advance();
  }
}

// The keyword stands in the statement, and not as a label: t.returning, 1 AS into.
bool has_keyword(Words words, std::string_view keyword) {
  bool label = false;
  for (; !words.at_end(); words.advance()) {
    if (!label && words.is(keyword)) return true;
    label = words.spelling() == "." || words.is("AS");
  }
  return false;
}

bool returns_rows(Words words, Dialect dialect) {
  if (words.accept("WITH")) skip_named_queries(words);
  if (words.is_one_of({"INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE"})) return has_keyword(words, "RETURNING");
  if (words.is("SELECT")) return dialect == Dialect::kSqlite || !has_keyword(words, "INTO");
  if (dialect == Dialect::kSqlite) return words.is_one_of({"VALUES", "EXPLAIN", "PRAGMA"});
  return words.is_one_of({"VALUES", "TABLE", "SHOW", "EXPLAIN", "FETCH"});
}

}  // namespace

SqlClass classify_sql(std::string_view statement, Dialect dialect) {
  const Words words(statement, dialect);
  SqlClass result;
  if (words.kind() != TokenKind::kWord) return result;
  const bool postgres = dialect == Dialect::kPostgres;
  result.verb = upper(words.spelling());
  result.ends_transaction = ends_transaction(words);
  result.begins_transaction = begins_transaction(words);
  result.outside_transaction = postgres ? postgres_outside(words) : sqlite_outside(words);
  result.copy_from_stdin = postgres && copies_from_stdin(words);
  result.returns_rows = returns_rows(words, dialect);
  return result;
}

}  // namespace tide
