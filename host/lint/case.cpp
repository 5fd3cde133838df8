#include <algorithm>
#include <cctype>
#include <cmath>

#include "base/text.h"
#include "db/postgres_encode.h"
#include "lint/judge.h"

namespace tide {
namespace {

bool in_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || (static_cast<unsigned char>(c) & 0x80) != 0;
}

// Where `word` stands by itself, whatever its case; npos when it does not.
std::size_t find_word(const std::string& text, const std::string& word, std::size_t from) {
  const std::string low = lower(text), wanted = lower(word);
  for (std::size_t at = low.find(wanted, from); at != std::string::npos; at = low.find(wanted, at + 1)) {
    const bool begins = at == 0 || !in_word(low[at - 1]);
    const bool ends = at + wanted.size() == low.size() || !in_word(low[at + wanted.size()]);
    if (begins && ends) return at;
  }
  return std::string::npos;
}

std::string grouped_digits(std::int64_t number) {
  std::string digits = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), ",");
  return digits;
}

std::string human_bytes(std::int64_t bytes) {
  static constexpr const char* kUnits[] = {"bytes", "kB", "MB", "GB", "TB"};
  auto size = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; size >= 1024 && unit + 1 < std::size(kUnits); ++unit) size /= 1024;
  const auto tenths = static_cast<std::int64_t>(std::lround(size * 10));
  const bool whole = unit == 0 || tenths >= 100 || tenths % 10 == 0;
  return cat(whole ? std::to_string((tenths + 5) / 10) : cat(tenths / 10, ".", tenths % 10), " ", kUnits[unit]);
}

}  // namespace

std::string size_text(const TableFacts* table) {
  if (table == nullptr || table->bytes < 0) return "";
  if (table->bytes == 0 && table->rows <= 0) return "empty";
  const auto rows = static_cast<std::int64_t>(table->rows);
  return cat(table->rows < 0 ? "" : cat("about ", grouped_digits(rows), rows == 1 ? " row, " : " rows, "),
             human_bytes(table->bytes), table->partitioned ? ", partitioned" : "");
}

bool is_small(const TableFacts* table, double rows) {
  constexpr double kBytesOfARow = 1024;
  return rows > 0 && table != nullptr && table->bytes >= 0 && table->rows < rows &&
         static_cast<double>(table->bytes) < rows * kBytesOfARow;
}

bool is_empty(const TableFacts* table, double rows) { return is_small(table, rows) && table->bytes == 0; }

Finding Case::find(const std::string& rule_name, const std::string& table, int location, RuleValues values) const {
  const Rule& rule = lint_rule(rule_name);
  Finding finding;
  finding.rule = &rule;
  finding.severity = rule.severity;
  finding.unit = unit.name;
  finding.file = statement.file.empty() ? unit.file : statement.file;
  finding.line = statement.line;
  finding.statement = statement.sql;
  if (location >= 0) {
    const auto bytes = std::min(static_cast<std::size_t>(location), statement.sql.size());
    finding.position = static_cast<int>(utf8_length(std::string_view(statement.sql).substr(0, bytes))) + 1;
  }
  const TableFacts* facts = table.empty() ? nullptr : world.table(table);
  if (const std::string size = size_text(facts); !size.empty()) finding.fact = cat(shown_key(table), ": ", size);
  if (rule.by_size && is_small(facts, options.small_rows)) finding.severity = Severity::kAdvice;
  if (!table.empty()) {
    values.emplace("table", shown_key(table));
    values.emplace("bare", postgres_ident(bare_name(table)));
    values.emplace("schema", postgres_ident(schema_name(table)));
  }
  finding.what = fill_in(rule.what, values);
  finding.safe = safe_way(rule, values);
  return finding;
}

Finding& Case::accuse(const std::string& rule, const std::string& table, int location, RuleValues values) {
  findings_.push_back(find(rule, table, location, std::move(values)));
  return findings_.back();
}

int Case::locate(const std::string& name, int from) const {
  const auto begin = static_cast<std::size_t>(std::max(from, 0));
  const std::size_t at = name.empty() ? std::string::npos : find_word(statement.sql, name, begin);
  if (at == std::string::npos) return from;
  const bool quoted = at > 0 && statement.sql[at - 1] == '"';
  return static_cast<int>(at) - (quoted ? 1 : 0);
}

std::string Case::with_word(const std::string& keyword, const std::string& insert) const {
  std::string sql = text();
  const std::size_t at = find_word(sql, keyword, 0);
  if (at != std::string::npos) sql.insert(at + keyword.size(), " " + insert);
  return sql;
}

std::string Case::without_word(const std::string& word) const {
  std::string sql = text();
  std::size_t last = std::string::npos;
  for (std::size_t at = find_word(sql, word, 0); at != std::string::npos; at = find_word(sql, word, at + 1)) last = at;
  if (last != std::string::npos) sql.erase(last, word.size());
  return std::string(trim(sql));
}

std::string Case::text() const {
  std::string_view sql = trim(statement.sql);
  while (ends_with(sql, ";")) sql = trim(sql.substr(0, sql.size() - 1));
  return std::string(sql);
}

void Case::locks_all(const std::string& table) const {
  locks_writers(table);
  if (!world.is_new(table)) held->exclusive.emplace(table, shown_key(table));
}

void Case::locks_writers(const std::string& table) const {
  if (!world.is_new(table)) held->altered.insert(table);
}

}  // namespace tide
