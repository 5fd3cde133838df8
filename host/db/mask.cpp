#include "db/mask.h"

#include <algorithm>

#include "base/text.h"

namespace tide {
namespace {

constexpr std::string_view kCover = "***";
constexpr std::chrono::seconds kKnownFor{30};
constexpr const char* kHidden = "(hidden: columns are masked in this session)";

// Every masked column: those that the patterns name, their children in inheritance, and columns of views and
// materialized views that depend on one and have its type.
constexpr const char* kMaskedColumns = R"(
WITH RECURSIVE wanted AS (
  SELECT split_part(p, '.', 1) AS s, split_part(p, '.', 2) AS t, split_part(p, '.', 3) AS c
  FROM unnest($1::text[]) p
), masked AS (
  SELECT a.attrelid, a.attnum, a.atttypid, a.attname
  FROM pg_catalog.pg_attribute a
  JOIN pg_catalog.pg_class r ON r.oid = a.attrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace
  JOIN wanted w ON w.s IN ('*', n.nspname) AND w.t IN ('*', r.relname) AND w.c = a.attname
  WHERE a.attnum > 0 AND NOT a.attisdropped
  UNION
  SELECT found.* FROM masked m, LATERAL (
    SELECT a.attrelid, a.attnum, a.atttypid, a.attname
    FROM pg_catalog.pg_inherits i
    JOIN pg_catalog.pg_attribute a ON a.attrelid = i.inhrelid AND a.attname = m.attname
    WHERE i.inhparent = m.attrelid
    UNION ALL
    SELECT a.attrelid, a.attnum, a.atttypid, a.attname
    FROM pg_catalog.pg_depend d
    JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid AND d.classid = 'pg_catalog.pg_rewrite'::regclass
    JOIN pg_catalog.pg_attribute a ON a.attrelid = r.ev_class AND a.attnum > 0
    WHERE d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = m.attrelid AND d.refobjsubid = m.attnum
      AND r.ev_class <> m.attrelid
      AND (a.atttypid = m.atttypid OR a.attname = m.attname OR a.atttypid IN (25, 1043, 114, 3802))
  ) found
)
SELECT attrelid::bigint, attnum::int, atttypid::bigint FROM masked)";

// Every relation that this session has a lock on, which is every one that the statement was planned with.
constexpr const char* kLocked =
    "SELECT relation::bigint FROM pg_catalog.pg_locks WHERE locktype = 'relation' AND pid = "
    "pg_catalog.pg_backend_pid()";

// Types whose values tell nothing of a text: bool, integers, floats, numeric, dates and times, uuid, oid.
bool is_plain_type(std::uint32_t type) {
  constexpr std::uint32_t kPlain[] = {16, 20, 21, 23, 26, 700, 701, 1700, 1082, 1083, 1114, 1184, 1186, 1266, 2950};
  return std::find(std::begin(kPlain), std::end(kPlain), type) != std::end(kPlain);
}

Statement internal(std::string sql, std::vector<Value> params = {}) {
  Statement statement(std::move(sql), std::move(params));
  statement.internal = true;
  return statement;
}

// "users.email" -> "*.users.email"
std::string three_parts(const std::string& pattern) {
  const auto dots = std::count(pattern.begin(), pattern.end(), '.');
  return dots >= 2 ? pattern : cat("*.", pattern);
}

using Cover = Mask::Cover;

class CoveredRows final : public Cursor {
 public:
  CoveredRows(std::unique_ptr<Cursor> rows, std::vector<Cover> covered)
      : rows_(std::move(rows)), covered_(std::move(covered)) {}

  const std::vector<std::string>& names() const override { return rows_->names(); }
  ColumnOrigin origin(std::size_t column) const override { return rows_->origin(column); }
  bool next() override { return rows_->next(); }
  Cell cell(std::size_t column) override {
    Cell cell = rows_->cell(column);
    if (column >= covered_.size() || covered_[column] == Cover::kNothing || cell.kind == Cell::Kind::kNull) return cell;
    const bool text = cell.kind == Cell::Kind::kText || cell.kind == Cell::Kind::kBytes;
    if (covered_[column] == Cover::kTexts && !text) return cell;
    cell.kind = Cell::Kind::kText;
    cell.text = kCover;
    return cell;
  }
  Value array(std::size_t column) override { return rows_->array(column); }
  void close() noexcept override { rows_->close(); }

 private:
  std::unique_ptr<Cursor> rows_;
  std::vector<Cover> covered_;
};

void hide_quoted(std::string& text) {
  std::string out;
  bool inside = false;
  for (const char c : text) {
    if (c == '"') {
      if (!inside) out += "\"***";
      inside = !inside;
    }
    if (!inside) out += c;
  }
  text = std::move(out);
}

}  // namespace

// The planner's statistics hold values of every column.
Mask::Mask(std::vector<std::string> columns) : columns_(std::move(columns)) {
  for (const char* column : {"stavalues1", "stavalues2", "stavalues3", "stavalues4", "stavalues5"}) {
    columns_.push_back(cat("pg_catalog.pg_statistic.", column));
  }
  for (const char* column : {"most_common_vals", "histogram_bounds", "most_common_elems"}) {
    columns_.push_back(cat("pg_catalog.pg_stats.", column));
  }
}

std::unique_ptr<Cursor> Mask::cover(Connection& connection, const Statement& statement, std::unique_ptr<Cursor> rows) {
  if (rows == nullptr || rows->names().empty()) {
    seen_.clear();  // it may have changed what columns there are
    return rows;
  }
  std::vector<Cover> covered = connection.info().engine == "postgres" ? covered_postgres(connection, *rows)
                                                                      : covered_sqlite(connection, statement, *rows);
  if (covered == std::vector<Cover>(covered.size(), Cover::kNothing)) return rows;
  return std::make_unique<CoveredRows>(std::move(rows), std::move(covered));
}

std::vector<Mask::Cover> Mask::covered_postgres(Connection& connection, const Cursor& rows) {
  std::vector<Cover> covered(rows.names().size(), Cover::kNothing);
  std::set<std::uint32_t> relations;
  for (std::size_t i = 0; i < covered.size(); ++i) relations.insert(rows.origin(i).relation);
  const bool expressions = relations.erase(0) > 0;
  know(connection, relations);
  const bool reads = expressions && reads_masked_relation(connection);
  for (std::size_t i = 0; i < covered.size(); ++i) {
    const ColumnOrigin origin = rows.origin(i);
    const bool masked = origin.relation == 0
                            ? reads && (!is_plain_type(origin.type) || known_.types.count(origin.type) > 0)
                            : known_.columns.count({origin.relation, origin.number}) > 0;
    if (masked) covered[i] = Cover::kAll;
  }
  return covered;
}

// Reads the catalog where one of these is new, or what is known is old: others change columns too.
void Mask::know(Connection& connection, const std::set<std::uint32_t>& relations) {
  const Clock::time_point now = Clock::now();
  if (now - loaded_ > kKnownFor) seen_.clear();
  bool fresh = false;
  for (const std::uint32_t relation : relations) fresh = seen_.insert(relation).second || fresh;
  if (!fresh) return;
  load(connection);
  loaded_ = now;
}

void Mask::load(Connection& connection) {
  Array patterns;
  for (const std::string& pattern : columns_) patterns.emplace_back(three_parts(pattern));
  const auto rows = connection.query(internal(kMaskedColumns, {Value(std::move(patterns))}));
  known_ = {};
  while (rows->next()) {
    const auto relation = static_cast<std::uint32_t>(rows->cell(0).integer);
    known_.columns.insert({relation, static_cast<int>(rows->cell(1).integer)});
    known_.relations.insert(relation);
    known_.types.insert(static_cast<std::uint32_t>(rows->cell(2).integer));
  }
}

// Without a transaction the locks are gone: then every statement counts as one that does.
bool Mask::reads_masked_relation(Connection& connection) {
  if (connection.transaction_state() != TransactionState::kOpen) {
    load(connection);
    return !known_.relations.empty();
  }
  std::set<std::uint32_t> locked;
  const auto rows = connection.query(internal(kLocked));
  while (rows->next()) locked.insert(static_cast<std::uint32_t>(rows->cell(0).integer));
  know(connection, locked);
  return std::any_of(locked.begin(), locked.end(),
                     [&](std::uint32_t relation) { return known_.relations.count(relation) > 0; });
}

std::vector<Mask::Cover> Mask::covered_sqlite(Connection& connection, const Statement& statement, const Cursor& rows) {
  std::vector<Cover> covered(rows.names().size(), Cover::kNothing);
  std::vector<std::size_t> expressions;
  for (std::size_t i = 0; i < covered.size(); ++i) {
    const ColumnOrigin origin = rows.origin(i);
    if (names(origin.table, origin.column)) covered[i] = Cover::kAll;
    if (origin.table.empty()) expressions.push_back(i);
  }
  const bool reads = !expressions.empty() && reads_masked_table(connection, statement);
  for (const std::size_t i : expressions) covered[i] = reads ? Cover::kTexts : Cover::kNothing;
  return covered;
}

// The pages that the compiled statement opens say which tables it reads, whatever views and aliases it names.
bool Mask::reads_masked_table(Connection& connection, const Statement& statement) {
  std::set<std::int64_t> pages;
  const auto columns = connection.query(internal(
      "SELECT m.name, c.name, m.rootpage FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table'"));
  while (columns->next()) {
    if (names(std::string(columns->cell(0).text), std::string(columns->cell(1).text))) {
      pages.insert(columns->cell(2).integer);
    }
  }
  if (pages.empty()) return false;
  const auto program = connection.query(internal(cat("EXPLAIN ", statement.sql), statement.params));
  while (program->next()) {
    const std::string_view opcode = program->cell(1).text;
    if ((opcode == "OpenRead" || opcode == "ReopenIdx") && pages.count(program->cell(3).integer) > 0) return true;
  }
  return false;
}

bool Mask::names(const std::string& table, const std::string& column) const {
  if (column.empty()) return false;
  for (const std::string& pattern : columns_) {
    const std::vector<std::string> parts = split(pattern, '.');
    if (parts.size() < 2 || lower(parts.back()) != lower(column)) continue;
    const std::string& owner = parts[parts.size() - 2];
    if (owner == "*" || lower(owner) == lower(table)) return true;
  }
  return false;
}

void Mask::hide_values(Error& error) {
  if (!error.detail.empty()) error.detail = kHidden;
  if (!error.context.empty()) error.context = kHidden;
  // class 22 says what was wrong with a value, 23 which key; P0001 is whatever a function raises
  const std::string kind = error.sqlstate.substr(0, 2);
  if (kind == "22" || kind == "23") hide_quoted(error.message);
  if (kind == "P0") error.message = cat("a function raised an error ", kHidden);
}

const char* Mask::hidden_notice() { return "(a notice is hidden: columns are masked in this session)"; }

}  // namespace tide
