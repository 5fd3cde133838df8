#include "repl/completer.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "db/sql_lexer.h"
#include "repl/commands.h"
#include "repl/shell.h"

namespace tide {
namespace {

constexpr std::string_view kKeywords[] = {
    "ALTER",  "ANALYZE", "AND",    "AS",        "ASC",      "BEGIN",    "BETWEEN", "BY",    "CASE",
    "COMMIT", "COPY",    "CREATE", "DELETE",    "DESC",     "DISTINCT", "DROP",    "ELSE",  "END",
    "EXISTS", "EXPLAIN", "FROM",   "GROUP",     "HAVING",   "ILIKE",    "IN",      "INDEX", "INSERT",
    "INTO",   "IS",      "JOIN",   "LEFT",      "LIKE",     "LIMIT",    "NOT",     "NULL",  "OFFSET",
    "ON",     "OR",      "ORDER",  "RETURNING", "ROLLBACK", "SELECT",   "SET",     "SHOW",  "TABLE",
    "THEN",   "UNION",   "UPDATE", "USING",     "VALUES",   "VIEW",     "WHEN",    "WHERE", "WITH"};

bool names_table(std::string_view word) {
  for (const std::string_view known : {"FROM", "JOIN", "INTO", "UPDATE", "TABLE"}) {
    if (same_word(word, known)) return true;
  }
  return false;
}

bool is_keyword(std::string_view word) {
  return std::any_of(std::begin(kKeywords), std::end(kKeywords),
                     [&](std::string_view known) { return same_word(word, known); });
}

std::size_t word_begin(std::string_view line, std::string_view also) {
  std::size_t at = line.size();
  while (at > 0 && (is_name_byte(line[at - 1]) || also.find(line[at - 1]) != std::string_view::npos)) --at;
  return at;
}

std::string_view last_word(std::string_view text) {
  text = trim(text);
  std::size_t at = text.size();
  while (at > 0 && is_name_byte(text[at - 1])) --at;
  return text.substr(at);
}

std::vector<std::string> matching(const std::vector<std::string>& all, const std::string& word) {
  std::set<std::string> found;
  for (const std::string& candidate : all) {
    if (starts_with(lower(candidate), lower(word))) found.insert(candidate);
  }
  return {found.begin(), found.end()};
}

std::vector<std::string> command_names(const std::string& word) {
  std::vector<std::string> names;
  for (const ShellCommand& command : shell_commands()) names.push_back(cat("\\", command.name));
  return matching(names, word);
}

const char* kPostgresColumns =
    "SELECT CASE WHEN pg_catalog.pg_table_is_visible(c.oid) THEN c.relname ELSE n.nspname || '.' || c.relname END, "
    "a.attname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace JOIN "
    "pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped WHERE c.relkind IN "
    "('r', 'p', 'v', 'm', 'f') AND n.nspname NOT LIKE 'pg\\_toast%' AND n.nspname <> 'information_schema' "
    "ORDER BY c.oid, a.attnum LIMIT 50000";
const char* kSqliteColumns =
    "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type IN ('table', 'view')";

}  // namespace

std::map<std::string, std::string> named_tables(std::string_view sql) {
  std::map<std::string, std::string> named;
  SqlLexer lexer(sql, Dialect::kPostgres);
  std::string table;
  bool expected = false;
  for (Token token = lexer.next(); token.kind != TokenKind::kEnd; token = lexer.next()) {
    const std::string text(lexer.text(token));
    const bool word = token.kind == TokenKind::kWord;
    if (word && names_table(text)) {
      expected = true;
      table.clear();
    } else if (expected && (word || token.kind == TokenKind::kName)) {
      table += text;
      named[table] = table;
      expected = false;
    } else if (!table.empty() && text == ".") {
      named.erase(table);
      table += ".";
      expected = true;
    } else if (!table.empty() && text == ",") {
      expected = true;
      table.clear();
    } else if (!table.empty() && word && same_word(text, "AS")) {
      continue;
    } else if (!table.empty() && word && !is_keyword(text)) {
      named[text] = table;
      table.clear();
    } else {
      table.clear();
    }
  }
  return named;
}

void Completer::load() {
  if (loaded_) return;
  loaded_ = true;
  tables_.clear();
  Connection& connection = shell_.connection();
  if (connection.transaction_state() == TransactionState::kFailed) return;
  Statement statement(connection.info().engine == "postgres" ? kPostgresColumns : kSqliteColumns);
  statement.internal = true;
  const auto rows = connection.query(statement);
  while (rows->next()) tables_[std::string(rows->cell(0).text)].emplace_back(rows->cell(1).text);
}

std::vector<std::string> Completer::columns_of(std::string_view line, const std::string& owner) const {
  std::vector<std::string> columns;
  for (const auto& [alias, table] : named_tables(line)) {
    if (!owner.empty() && alias != owner) continue;
    const auto found = tables_.find(table);
    if (found != tables_.end()) columns.insert(columns.end(), found->second.begin(), found->second.end());
  }
  return columns;
}

std::vector<std::string> Completer::sql_candidates(std::string_view line, std::string_view before,
                                                   const std::string& word) {
  load();
  if (!before.empty() && before.back() == '.') {
    const std::string owner(last_word(before.substr(0, before.size() - 1)));
    std::vector<std::string> columns = columns_of(line, owner);
    for (const auto& [table, unused] : tables_) {
      if (starts_with(table, owner + ".")) columns.push_back(table.substr(owner.size() + 1));
    }
    return matching(columns, word);
  }
  std::vector<std::string> all;
  if (names_table(last_word(before))) {
    for (const auto& [table, columns] : tables_) {
      if (word.empty() && starts_with(table, "pg_")) continue;
      all.push_back(table);
    }
    return matching(all, word);
  }
  all = columns_of(line, "");
  for (const auto& [alias, table] : named_tables(line)) all.push_back(alias);
  std::vector<std::string> found = matching(all, word);
  if (word.empty()) return found;
  const bool upper_case = word.front() >= 'A' && word.front() <= 'Z';
  for (const std::string_view keyword : kKeywords) {
    const std::string text = upper_case ? std::string(keyword) : lower(keyword);
    if (starts_with(text, word)) found.push_back(text);
  }
  return found;
}

std::vector<std::string> Completer::lua_candidates(const std::string& word) {
  const std::size_t dot = word.find_last_of(".:");
  const std::string path = dot == std::string::npos ? "" : word.substr(0, dot + 1);
  std::vector<std::string> names;
  for (const std::string& name : shell_.lua().names(path)) names.push_back(path + name);
  return matching(names, word);
}

// A statement that goes on over lines is seen as a whole: what was typed before is `shell.pending`.
Completion Completer::complete(std::string_view line) {
  try {
    const std::string before_line = shell_.pending_text();
    const std::string whole = before_line + std::string(line);
    if (starts_with(trim(whole), "\\")) {
      const std::size_t space = line.find(' ');
      if (space == std::string_view::npos) return {0, command_names(std::string(line))};
      const std::size_t begin = word_begin(line, ".");
      load();
      std::vector<std::string> names;
      for (const auto& [table, columns] : tables_) names.push_back(table);
      return {begin, matching(names, std::string(line.substr(begin)))};
    }
    if (looks_like_sql(whole, shell_.dialect()) || !before_line.empty()) {
      const std::size_t begin = word_begin(line, "");
      const std::string before = before_line + std::string(line.substr(0, begin));
      return {begin, sql_candidates(whole, before, std::string(line.substr(begin)))};
    }
    const std::size_t begin = word_begin(line, ".:");
    std::vector<std::string> found = lua_candidates(std::string(line.substr(begin)));
    if (begin == 0) {
      for (const std::string& keyword : sql_candidates("", "", std::string(line))) found.push_back(keyword);
    }
    return {begin, found};
  } catch (const Error&) {
    loaded_ = false;
    return {};  // a Tab is no place for an error: the next statement will say it
  }
}

}  // namespace tide
