#include "migrate/index_words.h"

#include <algorithm>

#include "db/sql_lexer.h"

namespace tide {
namespace {

// Reads a statement word by word. What is asked for and not there is left for the next question.
class Reader {
 public:
  explicit Reader(std::string_view statement) : lexer_(statement, Dialect::kPostgres), token_(lexer_.next()) {}

  bool at_end() const { return token_.kind == TokenKind::kEnd; }
  std::string_view text() const { return lexer_.text(token_); }
  bool is(std::string_view word) const { return token_.kind == TokenKind::kWord && same_word(text(), word); }
  void skip() { token_ = lexer_.next(); }
  bool took(std::string_view word) {
    if (!is(word)) return false;
    skip();
    return true;
  }
  // a.b, "A".b
  std::string name() {
    std::string name;
    for (bool dot = true; dot; dot = took_dot(name)) {
      if (token_.kind != TokenKind::kWord && token_.kind != TokenKind::kName) break;
      name += text();
      skip();
    }
    return name;
  }
  // Whether the word stands somewhere from here on, and is not switched off.
  bool holds(std::string_view word) {
    for (; !at_end(); skip()) {
      if (!took(word)) continue;
      return !is("FALSE") && !is("OFF") && text() != "0";
    }
    return false;
  }

 private:
  bool took_dot(std::string& name) {
    if (text() != ".") return false;
    name += '.';
    skip();
    return true;
  }

  SqlLexer lexer_;
  Token token_;
};

bool took_if_not_exists(Reader& reader) { return reader.took("IF") && reader.took("NOT") && reader.took("EXISTS"); }

IndexWords read_create_index(Reader& reader) {
  IndexWords words;
  words.creates_index = true;
  words.concurrently = reader.took("CONCURRENTLY");
  words.if_not_exists = took_if_not_exists(reader);
  if (!reader.is("ON")) words.index = reader.name();
  reader.took("ON");
  reader.took("ONLY");
  words.table = reader.name();
  return words;
}

}  // namespace

IndexWords read_index_words(std::string_view statement) {
  Reader reader(statement);
  if (reader.took("CREATE")) {
    reader.took("UNIQUE");
    return reader.took("INDEX") ? read_create_index(reader) : IndexWords{};
  }
  IndexWords words;
  const bool may = reader.is("DROP") || reader.is("REINDEX") || reader.is("ALTER");
  words.concurrently = may && reader.holds("CONCURRENTLY");
  return words;
}

}  // namespace tide
