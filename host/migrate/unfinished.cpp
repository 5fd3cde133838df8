#include "migrate/unfinished.h"

#include <cctype>
#include <utility>

#include "base/text.h"

namespace tide {

namespace {

constexpr const char* kPostgres = R"(
SELECT 'invalid index ' || n.nspname || '.' || c.relname, c.relname
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT i.indisvalid AND c.relkind = 'i' AND n.nspname NOT LIKE 'pg\_%'
UNION ALL
SELECT 'constraint ' || n.nspname || '.' || c.relname || '.' || o.conname || ', not validated', o.conname
FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT o.convalidated
UNION ALL
SELECT 'constraint ' || n.nspname || '.' || t.typname || '.' || o.conname || ', not validated', o.conname
FROM pg_constraint o JOIN pg_type t ON t.oid = o.contypid JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE NOT o.convalidated)";

constexpr const char* kDetaching = R"(
UNION ALL
SELECT 'partition ' || n.nspname || '.' || c.relname || ' of ' || m.nspname || '.' || p.relname || ', half detached',
       c.relname
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_class p ON p.oid = i.inhparent JOIN pg_namespace m ON m.oid = p.relnamespace
WHERE i.inhdetachpending)";
constexpr int kDetachesConcurrently = 140000;

struct Unfinished {
  std::string object;  // for people
  std::string name;
};

std::vector<Unfinished> find_unfinished(Connection& connection) {
  std::vector<Unfinished> found;
  if (connection.info().engine != "postgres") return found;
  const bool detaches = connection.info().version_number >= kDetachesConcurrently;
  Statement statement(cat(kPostgres, detaches ? kDetaching : "", " ORDER BY 1"));
  statement.internal = true;
  for (const auto rows = connection.query(statement); rows->next();) {
    found.push_back({std::string(rows->cell(0).text), std::string(rows->cell(1).text)});
  }
  return found;
}

bool is_word_part(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

bool holds_word(const std::string& text, const std::string& word) {
  for (std::size_t at = text.find(word); at != text.npos; at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || !is_word_part(text[at - 1])) && (end == text.size() || !is_word_part(text[end]))) return true;
  }
  return false;
}

}  // namespace

std::vector<std::string> unfinished_objects(Connection& connection) {
  std::vector<std::string> objects;
  for (Unfinished& each : find_unfinished(connection)) objects.push_back(std::move(each.object));
  return objects;
}

std::vector<std::string> unfinished_of_others(Connection& connection, const std::string& source) {
  const std::string folded = lower(source);
  std::vector<std::string> objects;
  for (Unfinished& each : find_unfinished(connection)) {
    if (!holds_word(folded, lower(each.name))) objects.push_back(std::move(each.object));
  }
  return objects;
}

}  // namespace tide
