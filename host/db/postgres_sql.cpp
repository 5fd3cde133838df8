#include "db/postgres_sql.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "db/postgres_encode.h"
#include "db/sql_lexer.h"
#include "db/sql_scan.h"

namespace tide {
namespace {

constexpr std::string_view kIsolations[] = {"read uncommitted", "read committed", "repeatable read", "serializable"};

std::string set_local(const char* name, const std::string& value) {
  return value.empty() ? "" : cat("; SET LOCAL ", name, " = ", postgres_untyped_literal(value));
}

std::string column_list(const std::vector<std::string>& columns) {
  std::vector<std::string> quoted;
  for (const std::string& column : columns) quoted.push_back(postgres_ident(column));
  return join(quoted, ", ");
}

// Without the semicolon, and what follows it.
std::string_view up_to_semicolon(std::string_view text) {
  const std::vector<SqlSpan> spans = split_sql(text, Dialect::kPostgres);
  return spans.empty() ? text : text.substr(0, spans[0].end);
}

std::size_t parameter_number(std::string_view token) {
  std::size_t number = 0;
  std::from_chars(token.data() + 1, token.data() + token.size(), number);
  return number;
}

bool writes_or_creates(std::string_view word) {
  constexpr std::string_view kWords[] = {"INSERT", "UPDATE", "DELETE", "MERGE", "INTO"};
  return std::any_of(std::begin(kWords), std::end(kWords),
                     [&](std::string_view known) { return same_word(word, known); });
}

}  // namespace

const std::string_view kCopyOutHead = "COPY (";

const char* const kResetSql =
    "CLOSE ALL; SET SESSION AUTHORIZATION DEFAULT; RESET ROLE; RESET ALL; DEALLOCATE ALL; UNLISTEN *; "
    "DISCARD TEMP; DISCARD SEQUENCES; SELECT pg_catalog.pg_advisory_unlock_all()";

std::string begin_sql(const TransactionOptions& options) {
  std::string sql = "BEGIN";
  if (!options.isolation.empty()) {
    const std::string level = lower(options.isolation);
    if (std::find(std::begin(kIsolations), std::end(kIsolations), level) == std::end(kIsolations)) {
      throw Error(ErrorKind::kUsage, cat("there is no isolation level \"", options.isolation,
                                         "\"; there are read committed, repeatable read and serializable"));
    }
    sql += cat(" ISOLATION LEVEL ", level);
  }
  if (options.read_only) sql += " READ ONLY";
  return sql + set_local("lock_timeout", options.lock_timeout) +
         set_local("statement_timeout", options.statement_timeout);
}

std::string table_sql(const std::string& table) {
  if (table.find('"') != table.npos) return table;
  std::vector<std::string> parts = split(table, '.');
  for (std::string& part : parts) part = postgres_ident(part);
  return join(parts, ".");
}

std::string copy_in_sql(const std::string& table, const std::vector<std::string>& columns) {
  const std::string list = columns.empty() ? "" : cat(" (", column_list(columns), ")");
  return cat("COPY ", table_sql(table), list, " FROM STDIN");
}

std::string copy_out_sql(const Statement& query, CsvFormat format) {
  const std::string_view statement = up_to_semicolon(query.sql);
  const std::string text = query.params.empty() ? std::string(statement) : inline_parameters(statement, query.params);
  return cat(kCopyOutHead, text, "\n) TO STDOUT (FORMAT csv", format.header ? ", HEADER" : "", ", DELIMITER '",
             format.delimiter, "')");
}

std::string column_types_sql(const std::string& table, const std::vector<std::string>& columns) {
  Array names;
  for (const std::string& column : columns) names.emplace_back(column);
  const std::string wanted = columns.empty()
                                 ? "a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''"
                                 : cat("a.attname = ANY (", postgres_untyped_literal(names), "::pg_catalog.name[])");
  const std::string order = columns.empty() ? "attnum"
                                            : cat("pg_catalog.array_position(", postgres_untyped_literal(names),
                                                  "::pg_catalog.name[], attname)");
  return cat(
      "WITH RECURSIVE c AS (SELECT a.attname, a.attnum, t.oid, t.typbasetype FROM pg_catalog.pg_attribute a JOIN "
      "pg_catalog.pg_type t ON t.oid = a.atttypid WHERE a.attrelid = pg_catalog.to_regclass(",
      postgres_untyped_literal(table_sql(table)), ") AND ", wanted,
      " UNION ALL SELECT c.attname, c.attnum, t.oid, t.typbasetype FROM c JOIN pg_catalog.pg_type t ON t.oid = "
      "c.typbasetype) SELECT oid FROM c WHERE typbasetype = 0 ORDER BY ",
      order);
}

bool is_cursor_query(const std::string& sql) {
  // What is unfinished would take in what the driver sends behind it, and the error would show that.
  const std::string closed = sql + "\n;";
  SqlLexer lexer(closed, Dialect::kPostgres);
  Token token = lexer.next();
  const std::string_view verb = lexer.text(token);
  if (!same_word(verb, "SELECT") && !same_word(verb, "VALUES") && !same_word(verb, "TABLE") &&
      !same_word(verb, "WITH")) {
    return false;
  }
  // FOR UPDATE and FOR NO KEY UPDATE lock rows and write nothing
  bool finished = false;
  for (bool locking = false; token.kind != TokenKind::kEnd; token = lexer.next()) {
    finished = token.kind == TokenKind::kSemicolon && token.begin == closed.size() - 1;
    if (token.kind != TokenKind::kWord) continue;
    const std::string_view word = lexer.text(token);
    if (writes_or_creates(word) && !(locking && same_word(word, "UPDATE"))) return false;
    locking = same_word(word, "FOR") || (locking && (same_word(word, "NO") || same_word(word, "KEY")));
  }
  return finished;
}

std::size_t highest_parameter(std::string_view sql) {
  std::size_t highest = 0;
  SqlLexer lexer(sql, Dialect::kPostgres);
  for (Token token = lexer.next(); token.kind != TokenKind::kEnd; token = lexer.next()) {
    if (token.kind == TokenKind::kParameter) highest = std::max(highest, parameter_number(lexer.text(token)));
  }
  return highest;
}

std::string inline_parameters(std::string_view sql, const std::vector<Value>& values) {
  std::string out;
  std::size_t copied = 0;
  SqlLexer lexer(sql, Dialect::kPostgres);
  for (Token token = lexer.next(); token.kind != TokenKind::kEnd; token = lexer.next()) {
    if (token.kind != TokenKind::kParameter) continue;
    const std::size_t number = parameter_number(lexer.text(token));
    if (number == 0 || number > values.size()) {
      throw Error(ErrorKind::kUsage,
                  cat("there is no value for ", lexer.text(token), ": ", values.size(), " were given"));
    }
    out.append(sql.substr(copied, token.begin - copied)).append(postgres_untyped_literal(values[number - 1]));
    copied = token.end;
  }
  return out.append(sql.substr(copied));
}

}  // namespace tide
