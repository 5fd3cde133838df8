#include "schema/sqlite_table.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "db/sql_lexer.h"
#include "db/sqlite_copy.h"

namespace tide {
namespace {

struct Piece {
  TokenKind kind = TokenKind::kEnd;
  std::string text;
  SqliteTable::Span span;

  bool is(std::string_view upper_case) const { return kind == TokenKind::kWord && same_word(text, upper_case); }
};
using Pieces = std::vector<Piece>;

Pieces pieces_of(std::string_view sql) {
  Pieces pieces;
  SqlLexer lexer(sql, Dialect::kSqlite);
  for (Token token = lexer.next(); token.kind != TokenKind::kEnd; token = lexer.next()) {
    pieces.push_back({token.kind, std::string(lexer.text(token)), {token.begin, token.end}});
  }
  return pieces;
}

// "name", [name], `name` and 'name' are one name.
std::string bare_name(const Piece& piece) {
  if (piece.kind == TokenKind::kWord) return piece.text;
  if (piece.text.size() < 2) return piece.text;
  const char close = piece.text.back();
  std::string name;
  for (std::size_t i = 1; i + 1 < piece.text.size(); ++i) {
    name += piece.text[i];
    if (close != ']' && piece.text[i] == close && piece.text[i + 1] == close) ++i;
  }
  return name;
}

// Words that are followed by a parenthesis without being functions.
bool stands_off(const Piece& word) {
  static constexpr std::array<std::string_view, 15> kWords = {"CHECK", "KEY",  "UNIQUE", "AS",   "IN",
                                                              "AND",   "OR",   "NOT",    "WHEN", "THEN",
                                                              "ELSE",  "FROM", "WHERE",  "OVER", "VALUES"};
  return std::any_of(kWords.begin(), kWords.end(), [&](auto upper) { return word.is(upper); });
}

bool wants_space(const Piece& before, const Piece& piece) {
  if (before.kind == TokenKind::kOpen || piece.kind == TokenKind::kClose || piece.text == ",") return false;
  if (before.text == "." || piece.text == "." || piece.kind == TokenKind::kSemicolon) return false;
  if (piece.kind != TokenKind::kOpen) return true;
  const bool name = before.kind == TokenKind::kWord || before.kind == TokenKind::kName;
  return !name || stands_off(before);
}

std::string spaced(Pieces::const_iterator at, Pieces::const_iterator end) {
  std::string out;
  for (auto piece = at; piece != end; ++piece) {
    if (piece != at && wants_space(*std::prev(piece), *piece)) out += ' ';
    out += piece->text;
  }
  return out;
}

std::string name_list(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += cat(out.empty() ? "" : ", ", sqlite_ident(name));
  return out;
}

// Behind the parenthesis that closes the one at `open`.
Pieces::const_iterator behind(Pieces::const_iterator open, Pieces::const_iterator end) {
  int depth = 0;
  for (auto piece = open; piece != end; ++piece) {
    if (piece->kind == TokenKind::kOpen) ++depth;
    if (piece->kind == TokenKind::kClose && --depth == 0) return std::next(piece);
  }
  return end;
}

// Reads one definition between the commas of a CREATE TABLE: a column, or a constraint of the table.
class Definition {
 public:
  Definition(const Pieces& pieces, SqliteTable& table)
      : at_(pieces.begin()), end_(pieces.end()), clause_(at_), table_(table) {}

  void read() {
    if (!begins_constraint()) read_column();
    while (at_ != end_) read_clause();
    if (!column_.empty()) table_.columns.back().span.end = std::prev(end_)->span.end;
  }

 private:
  bool word(std::string_view upper) const { return at_ != end_ && at_->is(upper); }
  bool opens() const { return at_ != end_ && at_->kind == TokenKind::kOpen; }
  bool begins_constraint() const {
    return word("CONSTRAINT") || word("PRIMARY") || word("UNIQUE") || word("CHECK") || word("FOREIGN");
  }

  bool begins_clause() const {
    return begins_constraint() || word("NOT") || word("NULL") || word("DEFAULT") || word("COLLATE") ||
           word("REFERENCES") || word("GENERATED") || word("AS");
  }

  void read_column() {
    table_.columns.emplace_back();
    SqliteTable::Column& column = table_.columns.back();
    column.span = at_->span;
    column.name = column_ = bare_name(*at_++);
    const auto type = at_;
    while (at_ != end_ && !begins_clause()) at_ = opens() ? behind(at_, end_) : std::next(at_);
    const std::size_t name_end = column.span.end;
    column.type = type == at_ ? SqliteTable::Span{name_end, name_end} : between(type, at_);
  }

  static SqliteTable::Span between(Pieces::const_iterator begin, Pieces::const_iterator end) {
    return begin == end ? SqliteTable::Span() : SqliteTable::Span{begin->span.begin, std::prev(end)->span.end};
  }

  // Its name before it included.
  SqliteTable::Span clause() const { return between(clause_, at_); }

  void read_not_null() {
    skip(2);
    if (word("ON")) skip(3);
    table_.columns.back().not_null = clause();
    name_.clear();
  }

  void read_default() {
    ++at_;
    if (at_ != end_ && (at_->text == "+" || at_->text == "-")) ++at_;
    if (at_ != end_) at_ = opens() ? behind(at_, end_) : std::next(at_);
    table_.columns.back().otherwise = clause();
    name_.clear();
  }

  void read_clause() {
    const auto begin = at_;
    if (name_.empty()) clause_ = at_;
    if (word("CONSTRAINT")) {
      ++at_;
      if (at_ != end_) name_ = bare_name(*at_++);
    } else if (word("PRIMARY")) {
      read_key("primary key", "PRIMARY KEY", 2);
    } else if (word("UNIQUE")) {
      read_key("unique", "UNIQUE", 1);
    } else if (word("CHECK")) {
      read_check();
    } else if (word("FOREIGN") || word("REFERENCES")) {
      read_foreign_key();
    } else if (!column_.empty() && word("COLLATE")) {
      ++at_;
      if (at_ != end_) table_.columns.back().collation = bare_name(*at_++);
    } else if (!column_.empty() && word("NOT")) {
      read_not_null();
    } else if (!column_.empty() && word("DEFAULT")) {
      read_default();
    } else if (!column_.empty() && word("AS")) {
      read_generated();
    } else {
      at_ = opens() ? behind(at_, end_) : std::next(at_);
    }
    if (at_ == begin) ++at_;
  }

  void read_generated() {
    const auto open = ++at_;
    if (!opens()) return;
    at_ = behind(at_, end_);
    table_.columns.back().generated = spaced(std::next(open), std::prev(at_));
  }

  // "(a, b COLLATE nocase DESC)": the names. Nothing but the column itself when no list follows.
  std::vector<std::string> read_names() {
    if (!opens()) return column_.empty() ? std::vector<std::string>() : std::vector<std::string>{column_};
    std::vector<std::string> names;
    const auto close = behind(at_, end_);
    bool first = true;
    for (auto piece = std::next(at_); piece != close; ++piece) {
      if (first) names.push_back(bare_name(*piece));
      first = piece->text == ",";
    }
    at_ = close;
    return names;
  }

  void skip(std::size_t words) {
    while (words-- > 0 && at_ != end_) ++at_;
  }

  // ON CONFLICT x, and AUTOINCREMENT, ASC, DESC of a column's PRIMARY KEY.
  std::string read_key_tail() {
    const auto begin = at_;
    for (bool more = true; more;) {
      if (word("ON")) {
        skip(3);
      } else if (word("AUTOINCREMENT")) {
        table_.autoincrement = true;
        return spaced(begin, at_++);
      } else if (word("ASC") || word("DESC")) {
        ++at_;
      } else {
        more = false;
      }
    }
    return spaced(begin, at_);
  }

  void read_key(const char* type, const char* head, std::size_t words) {
    skip(words);
    const auto list = at_;
    const bool listed = opens();
    const std::vector<std::string> names = read_names();
    const std::string columns = listed ? spaced(list, at_) : cat("(", name_list(names), ")");
    const std::string tail = read_key_tail();
    add(type, cat(head, " ", columns, tail.empty() ? "" : " ", tail), names);
  }

  void read_check() {
    const auto open = ++at_;
    if (!opens()) return;
    at_ = behind(at_, end_);
    add("check", cat("CHECK ", spaced(open, at_)), {});
  }

  void read_foreign_key() {
    if (word("FOREIGN")) skip(2);
    SqliteTable::Constraint key;
    key.type = "foreign key";
    key.columns = read_names();
    skip(1);
    if (at_ == end_) return;
    key.references = bare_name(*at_++);
    const bool listed = opens();
    if (listed) key.referenced_columns = read_names();
    const auto tail = at_;
    skip_foreign_key_tail();
    key.definition =
        cat("FOREIGN KEY (", name_list(key.columns), ") REFERENCES ", sqlite_ident(key.references),
            listed ? cat(" (", name_list(key.referenced_columns), ")") : "", tail == at_ ? "" : " ", spaced(tail, at_));
    add(std::move(key));
  }

  void skip_foreign_key_tail() {
    for (;;) {
      if (word("ON")) {
        skip(2);
        const bool two_words = word("SET") || word("NO");
        skip(two_words ? 2 : 1);
      } else if (word("MATCH")) {
        skip(2);
      } else if (word("DEFERRABLE") || (word("NOT") && std::next(at_) != end_ && std::next(at_)->is("DEFERRABLE"))) {
        skip(word("NOT") ? 2 : 1);
      } else if (word("INITIALLY")) {
        skip(2);
      } else {
        return;
      }
    }
  }

  void add(const char* type, std::string definition, std::vector<std::string> columns) {
    SqliteTable::Constraint constraint;
    constraint.type = type;
    constraint.definition = std::move(definition);
    constraint.columns = std::move(columns);
    add(std::move(constraint));
  }

  void add(SqliteTable::Constraint constraint) {
    constraint.given_name = name_;
    constraint.name = name_.empty() ? constraint.definition : name_;
    constraint.span = clause();
    constraint.column = column_;
    table_.constraints.push_back(std::move(constraint));
    name_.clear();
  }

  Pieces::const_iterator at_;
  Pieces::const_iterator end_;
  Pieces::const_iterator clause_;  // where the one that is read begins
  SqliteTable& table_;
  std::string column_;  // whose definition this is; empty for one of the table
  std::string name_;    // of the constraint that follows
};

}  // namespace

SqliteTable parse_sqlite_table(std::string_view sql) {
  const Pieces pieces = pieces_of(sql);
  SqliteTable table;
  auto at =
      std::find_if(pieces.begin(), pieces.end(), [](const Piece& piece) { return piece.kind == TokenKind::kOpen; });
  if (at == pieces.end()) return table;
  const auto close = std::prev(behind(at, pieces.end()));
  if (at != pieces.begin()) table.name = std::prev(at)->span;
  table.body = {at->span.end, close->span.begin};
  Pieces definition;
  int depth = 0;
  for (++at; at != close; ++at) {
    if (at->kind == TokenKind::kOpen) ++depth;
    if (at->kind == TokenKind::kClose) --depth;
    if (depth > 0 || at->text != ",") definition.push_back(*at);
    if (depth > 0 || (at->text != "," && std::next(at) != close)) continue;
    if (!definition.empty()) Definition(definition, table).read();
    definition.clear();
  }
  return table;
}

std::string renamed_sqlite_table(std::string_view sql, const std::string& name) {
  SqlLexer lexer(sql, Dialect::kSqlite);
  lexer.next();
  lexer.next();
  const Token old = lexer.next();
  return cat(sql.substr(0, old.begin), sqlite_ident(name), sql.substr(old.end));
}

std::string tidy_sqlite(std::string_view sql) {
  const Pieces pieces = pieces_of(sql);
  return spaced(pieces.begin(), pieces.end());
}

std::string comparable_sqlite(std::string_view sql) {
  Pieces pieces = pieces_of(sql);
  for (Piece& piece : pieces) {
    if (piece.kind != TokenKind::kName) continue;
    std::string bare = bare_name(piece);
    const bool plain =
        !bare.empty() && (bare[0] < '0' || bare[0] > '9') && std::all_of(bare.begin(), bare.end(), is_name_byte);
    if (plain) piece = {TokenKind::kWord, std::move(bare), piece.span};
  }
  return spaced(pieces.begin(), pieces.end());
}

}  // namespace tide
