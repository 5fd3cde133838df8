#include "migrate/fingerprint.h"

#include "base/text.h"
#include "migrate/lua_tokens.h"
#include "migrate/sql_migration.h"
#include "sys/digest.h"
#include "tide/error.h"

namespace tide {
namespace {

// Pieces with their lengths, so that no two different streams read the same.
class Stream {
 public:
  void add(std::string_view piece) { hash_.update(cat(piece.size(), ":", piece)); }
  std::string hex() { return hash_.hex(); }

 private:
  Sha256 hash_;
};

bool is_long_string(std::string_view token) { return token.size() > 1 && token[0] == '['; }

// Lua itself reads every line end inside a long string as "\n".
std::string with_plain_line_ends(std::string_view token) {
  std::string plain;
  plain.reserve(token.size());
  for (std::size_t i = 0; i < token.size(); ++i) {
    bool pair = token[i] == '\r' && i + 1 < token.size() && token[i + 1] == '\n';
    if (!pair) plain.push_back(token[i] == '\r' ? '\n' : token[i]);
  }
  return plain;
}

void add_lua(Stream& stream, std::string_view text) {
  LuaTokens tokens(text);
  for (std::string_view token = tokens.next(); !token.empty(); token = tokens.next()) {
    if (is_long_string(token)) {
      stream.add(with_plain_line_ends(token));
    } else {
      stream.add(token);
    }
  }
}

void add_part(Stream& stream, const SqlPart& part, Dialect dialect) {
  stream.add(part.transaction ? "transaction" : "no-transaction");
  ScriptReader reader(part.text, "", dialect);
  for (ScriptPiece piece; reader.next(piece); piece = {}) {
    stream.add(sql_tokens(piece.text, dialect));
    for (const std::string& argument : piece.arguments) stream.add(argument);
    if (piece.kind == ScriptPiece::Kind::kCopyData) stream.add(piece.copy_data);
  }
}

void add_sql(Stream& stream, const MigrationText& text, Dialect dialect) {
  SqlMigration parts = text.down.empty() ? parse_sql(text.up, "") : parse_sql_pair(text, "", "");
  stream.add("up");
  add_part(stream, parts.up, dialect);
  if (!parts.down) return;
  stream.add("down");
  add_part(stream, *parts.down, dialect);
}

}  // namespace

std::string fingerprint(Migration::Kind kind, const MigrationText& text, Dialect dialect) {
  Stream stream;
  try {
    if (kind == Migration::Kind::kLua) {
      add_lua(stream, text.up);
    } else {
      add_sql(stream, text, dialect);
    }
  } catch (const Error&) {
    // a text that cannot be taken apart has its bytes for a stream
    stream = Stream();
    stream.add(text.up);
    stream.add(text.down);
  }
  return stream.hex();
}

}  // namespace tide
