#include "repl/describe.h"

#include <algorithm>

#include "base/text.h"
#include "cli/console.h"
#include "repl/commands.h"
#include "repl/shell.h"
#include "repl/shown_value.h"

namespace tide {
namespace {

Statement internal(std::string sql, std::vector<Value> params) {
  Statement statement(std::move(sql), std::move(params));
  statement.internal = true;
  return statement;
}

bool is_postgres(Shell& shell) { return shell.connection().info().engine == "postgres"; }

std::string text_at(Cursor& row, std::size_t column) { return std::string(row.cell(column).text); }

// A part that is a table, or a title with indented lines; nothing where there is nothing.
void print_part(Shell& shell, const DescribePart& part, const Value& object) {
  const auto rows = shell.connection().query(internal(part.sql, {object}));
  if (*part.title == '\0') {
    if (!rows->next()) return;
    const auto again = shell.connection().query(internal(part.sql, {object}));
    return shell.show_rows(*again, RowFormat::kAligned);
  }
  std::string text;
  while (rows->next()) {
    for (const std::string& line : split(text_at(*rows, 0), '\n')) text += cat("    ", show_text(line, 0), "\n");
  }
  if (!text.empty()) shell.print(cat(part.title, ":\n", text));
}

void describe_one(Shell& shell, const std::vector<DescribePart>& parts, const std::string& head, const Value& object) {
  shell.print(head + "\n");
  for (const DescribePart& part : parts) print_part(shell, part, object);
}

bool describe_postgres(Shell& shell, const NamePattern& pattern) {
  const auto found = shell.connection().query(internal(kPostgresFind, {pattern.name, pattern.schema}));
  bool any = false;
  while (found->next()) {
    any = true;
    const std::string head = cat(postgres_kind(text_at(*found, 1).front()), " ", text_at(*found, 2));
    describe_one(shell, postgres_parts(), head, Value(found->cell(0).integer));
  }
  return any;
}

bool describe_sqlite(Shell& shell, const NamePattern& pattern) {
  const auto found = shell.connection().query(
      internal("SELECT type, name FROM sqlite_master WHERE name LIKE $1 ESCAPE '\\' AND type <> 'trigger' ORDER BY 2",
               {pattern.name}));
  bool any = false;
  while (found->next()) {
    any = true;
    describe_one(shell, sqlite_parts(), cat(text_at(*found, 0), " ", text_at(*found, 1)), Value(text_at(*found, 1)));
  }
  return any;
}

void append_folded(std::string& part, char c, bool quoted) {
  if (!quoted && c == '*') {
    part += '%';
  } else if (!quoted && c == '?') {
    part += '_';
  } else {
    if (c == '_' || c == '%' || c == '\\') part += '\\';
    part += quoted ? c : lower(std::string_view(&c, 1)).front();
  }
}

}  // namespace

NamePattern name_pattern(const std::string& text) {
  NamePattern pattern;
  if (text.empty()) return pattern;
  std::vector<std::string> parts(1);
  bool quoted = false;
  for (const char c : text) {
    if (c == '"') {
      quoted = !quoted;
    } else if (c == '.' && !quoted) {
      parts.emplace_back();
    } else {
      append_folded(parts.back(), c, quoted);
    }
  }
  pattern.name = parts.back();
  if (parts.size() > 1) {
    pattern.schema = parts[parts.size() - 2];
    pattern.exact_schema = true;
  }
  return pattern;
}

void describe_object(Shell& shell, const std::string& word, const std::string& argument) {
  if (argument.empty()) return list_objects(shell, word, argument);
  const NamePattern pattern = name_pattern(argument);
  const bool found = is_postgres(shell) ? describe_postgres(shell, pattern) : describe_sqlite(shell, pattern);
  if (!found) throw Error(ErrorKind::kUsage, cat("there is no table, view, index or sequence ", argument));
}

void list_objects(Shell& shell, const std::string& word, const std::string& argument) {
  const bool more = ends_with(word, "+");
  const std::string name = more ? word.substr(0, word.size() - 1) : word;
  const auto listing =
      std::find_if(listings().begin(), listings().end(), [&](const Listing& l) { return name == l.word; });
  if (listing == listings().end()) throw Error(ErrorKind::kUsage, cat("there is no command \\", word));
  const bool postgres = is_postgres(shell);
  const char* sql =
      postgres ? (more && listing->postgres_more ? listing->postgres_more : listing->postgres) : listing->sqlite;
  if (sql == nullptr) throw Error(ErrorKind::kUsage, cat("SQLite has no ", listing->title));
  const NamePattern pattern = name_pattern(argument);
  const auto rows = shell.connection().query(internal(sql, {pattern.name, pattern.schema}));
  shell.show_rows(*rows);
}

}  // namespace tide
