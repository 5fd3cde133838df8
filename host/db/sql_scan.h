#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"

namespace tide {

// Which lexical rules hold. PostgreSQL: dollar quotes, nested comments, E'' strings, BEGIN ATOMIC bodies.
// SQLite: [names], `names`, comments do not nest, CREATE TRIGGER ... BEGIN ...; END.
enum class Dialect : unsigned char { kPostgres, kSqlite };

// One statement inside a text: [begin, end) without its semicolon, leading white space and comments skipped.
struct SqlSpan {
  std::size_t begin = 0;
  std::size_t end = 0;
};

// What one statement is, as far as its words tell.
struct SqlClass {
  std::string verb;                  // first keyword, upper case: "CREATE", "SELECT", "WITH" ...; "" when empty
  bool ends_transaction = false;     // COMMIT, END, ROLLBACK, ABORT, PREPARE TRANSACTION (not ROLLBACK TO)
  bool begins_transaction = false;   // BEGIN, START TRANSACTION
  bool outside_transaction = false;  // cannot run in a transaction: ... CONCURRENTLY, VACUUM, CREATE DATABASE ...
  bool copy_from_stdin = false;      // COPY ... FROM STDIN
  bool returns_rows = false;         // SELECT, VALUES, TABLE, SHOW, EXPLAIN, WITH, or a RETURNING clause
};

// Splits a text without psql commands or COPY data. Never fails: an unfinished string or comment reaches to the
// end of the text, and the server says what is wrong with it.
std::vector<SqlSpan> split_sql(std::string_view text, Dialect dialect);

SqlClass classify_sql(std::string_view statement, Dialect dialect);

// The tokens of a text, comments and white space left out, each followed by a newline: what stays the same under
// cosmetic edits. Unquoted words keep their case.
std::string sql_tokens(std::string_view text, Dialect dialect);

// One piece of a psql-style script.
struct ScriptPiece {
  enum class Kind : unsigned char { kStatement, kCopyData, kCommand };
  // From here on the text of a piece is the script's own, beginning at a byte offset in it; or, where `fixed`, the
  // value of a variable whose name stands there.
  struct Segment {
    std::size_t text_at = 0;
    std::size_t script_at = 0;
    bool fixed = false;
  };

  Kind kind = Kind::kStatement;
  std::string text;                    // statement with :variables replaced; COPY statement; command word ("i", "set")
  std::string_view copy_data;          // kCopyData: the lines up to "\."; a view into the reader's text
  std::vector<std::string> arguments;  // kCommand: single quotes taken off, double quotes kept, as psql does
  std::string problem;                 // kCommand: why its arguments cannot be understood; empty when they can
  bool within_statement = false;       // kCommand: stands inside a statement that goes on after it
  int line = 1;                        // 1-based line of the piece's first character
  int column = 1;                      // 1-based, characters
  std::vector<Segment> segments;
};

// Reads a script piece by piece as psql does: statements, COPY ... FROM stdin with its data, backslash commands,
// :name, :'name' and :"name" variables (left alone when not set, as psql does). "\;" is a semicolon that does not end
// the statement. Commands are only reported; their meaning (\set, too) is the caller's.
class ScriptReader {
 public:
  using Variables = std::map<std::string, std::string, std::less<>>;

  ScriptReader(std::string text, std::string file, Dialect dialect);
  ScriptReader(ScriptReader&&) noexcept;
  ScriptReader& operator=(ScriptReader&&) noexcept;
  ~ScriptReader();

  bool next(ScriptPiece& piece);  // false at the end
  void rewind();                  // to the beginning; the variables stay
  void set_variable(const std::string& name, const std::string& value);
  Variables& variables();
  const std::string& file() const;

  // Where the 1-based character of a piece's text stands in the script.
  Place place(const ScriptPiece& piece, std::size_t character) const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace tide
