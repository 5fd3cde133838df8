#include "repl/changes.h"

#include <map>
#include <optional>
#include <set>

#include "base/text.h"
#include "cli/console.h"
#include "cli/session.h"
#include "db/mask.h"
#include "repl/shell.h"
#include "repl/shown_value.h"

namespace tide {
namespace {

constexpr std::size_t kMostRows = 50;  // of a table that are shown

Statement internal(std::string sql, std::vector<Value> params = {}) {
  Statement statement(std::move(sql), std::move(params));
  statement.internal = true;
  return statement;
}

struct Row {
  std::string place;               // ctid
  std::vector<std::string> cells;  // as text; NULL is "NULL"
};

struct Rows {
  std::vector<std::string> names;
  std::vector<Row> rows;
};

struct Touched {
  std::string name;  // quoted, with its schema
  std::string key;   // names of the primary key's columns, joined by \n; "" = none
  std::int64_t inserted = 0, updated = 0, deleted = 0;
};

std::vector<Touched> touched_tables(Connection& connection) {
  const auto rows = connection.query(internal(
      "SELECT format('%I.%I', s.schemaname, s.relname), coalesce((SELECT string_agg(a.attname, E'\\n' ORDER BY "
      "a.attnum) FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey) WHERE "
      "i.indrelid = s.relid AND i.indisprimary), ''), s.n_tup_ins, s.n_tup_upd, s.n_tup_del FROM "
      "pg_stat_xact_user_tables s WHERE s.n_tup_ins + s.n_tup_upd + s.n_tup_del > 0 ORDER BY 1"));
  std::vector<Touched> tables;
  while (rows->next()) {
    tables.push_back({std::string(rows->cell(0).text), std::string(rows->cell(1).text), rows->cell(2).integer,
                      rows->cell(3).integer, rows->cell(4).integer});
  }
  return tables;
}

// Our transaction's number; those of its savepoints are above it. Nothing when it has none: then it has changed
// nothing.
struct OwnNumber {
  std::int64_t epoch = 0;  // the upper half, in place
  std::int64_t low = 0;    // as xmin and xmax have it
};

std::optional<OwnNumber> own_number(Connection& connection) {
  const auto row =
      connection.query(internal("SELECT n & (~4294967295::bigint), n & 4294967295 FROM (SELECT "
                                "pg_catalog.pg_current_xact_id_if_assigned()::text::bigint) AS own (n)"));
  if (!row->next() || row->cell(1).kind == Cell::Kind::kNull) return std::nullopt;
  return OwnNumber{row->cell(0).integer, row->cell(1).integer};
}

// Not an internal statement: what is masked stays so.
Rows read_rows(Connection& connection, const Touched& table, const std::string& mark, const OwnNumber& own) {
  const std::string number = cat("t.", mark, "::text::bigint");
  const auto cursor = connection.query(Statement(cat("SELECT t.ctid::text AS \"tide ctid\", t.* FROM ", table.name,
                                                     " t WHERE ", number, " >= $1 AND pg_catalog.pg_xact_status(($2 + ",
                                                     number, ")::text::xid8) = 'in progress' LIMIT ", kMostRows + 1),
                                                 {Value(own.low), Value(own.epoch)}));
  Rows found;
  found.names.assign(cursor->names().begin() + 1, cursor->names().end());
  while (cursor->next()) {
    Row row{std::string(cursor->cell(0).text), {}};
    for (std::size_t i = 1; i < cursor->names().size(); ++i) {
      row.cells.push_back(show_cell(*cursor, i, RowStyle{0, 60}).text);
    }
    found.rows.push_back(std::move(row));
  }
  return found;
}

// Versions of rows that we still see were only locked, or are being changed by somebody else.
void drop_locked(Connection& connection, const Touched& table, Rows& before) {
  Array places;
  for (const Row& row : before.rows) places.emplace_back(row.place);
  const auto seen = connection.query(
      internal(cat("SELECT ctid::text FROM ", table.name, " WHERE ctid = ANY ($1::text[]::tid[])"), {Value(places)}));
  std::set<std::string> locked;
  while (seen->next()) locked.insert(std::string(seen->cell(0).text));
  std::erase_if(before.rows, [&](const Row& row) { return locked.count(row.place) > 0; });
}

std::string key_of(const Rows& rows, const Row& row, const std::string& key) {
  if (key.empty()) return cat("row ", row.place, " ");
  std::string text;
  for (const std::string& name : split(key, '\n')) {
    for (std::size_t i = 0; i < rows.names.size(); ++i) {
      if (rows.names[i] == name) text += cat(name, "=", row.cells[i], " ");
    }
  }
  return text;
}

std::string whole_row(const Rows& rows, const Row& row) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < row.cells.size(); ++i) parts.push_back(cat(rows.names[i], "=", row.cells[i]));
  return join(parts, " ");
}

std::string changed_cells(const Rows& rows, const Row& before, const Row& after) {
  std::string text;
  for (std::size_t i = 0; i < after.cells.size(); ++i) {
    if (before.cells[i] == after.cells[i]) continue;
    text += cat("      ", rows.names[i], ": ", before.cells[i], " -> ", after.cells[i], "\n");
  }
  return text.empty() ? "      (the same values, or masked ones)\n" : text;
}

std::string table_changes(const Touched& table, const Rows& before, const Rows& after) {
  std::map<std::string, const Row*> gone;
  for (const Row& row : before.rows) gone[key_of(before, row, table.key)] = &row;
  std::string text;
  for (const Row& row : after.rows) {
    const std::string key = key_of(after, row, table.key);
    const auto old = gone.find(key);
    if (old == gone.end()) {
      text += cat("  + ", whole_row(after, row), "\n");
    } else {
      text += cat("  ~ ", key, "\n", changed_cells(after, *old->second, row));
      gone.erase(old);
    }
  }
  for (const auto& [key, row] : gone) text += cat("  - ", whole_row(before, *row), "\n");
  return text;
}

std::string head(const Touched& table) {
  std::vector<std::string> facts;
  if (table.inserted > 0) facts.push_back(cat(grouped(table.inserted), " inserted"));
  if (table.updated > 0) facts.push_back(cat(grouped(table.updated), " updated"));
  if (table.deleted > 0) facts.push_back(cat(grouped(table.deleted), " deleted"));
  return cat(table.name, ": ", join(facts, ", "), "\n");
}

bool show_postgres(Shell& shell) {
  Connection& connection = shell.connection();
  const std::vector<Touched> tables = touched_tables(connection);
  const std::optional<OwnNumber> own = own_number(connection);
  if (!own) return false;
  const std::unique_ptr<Connection> outside = connection.clone();
  outside->set_mask(connection.mask());
  if (tables.empty()) shell.print("(no rows of tables; other objects may have changed)\n");
  for (const Touched& table : tables) {
    Rows after = read_rows(connection, table, "xmin", *own);
    Rows before;
    try {
      before = read_rows(*outside, table, "xmax", *own);
      drop_locked(connection, table, before);
    } catch (const Error& error) {
      if (error.sqlstate != "42P01") throw;  // the table is this transaction's own
    }
    shell.print(head(table) + table_changes(table, before, after));
    const std::size_t shown = std::max(after.rows.size(), before.rows.size());
    if (shown > kMostRows) shell.print(cat("  ... the first ", kMostRows, " of them\n"));
  }
  return true;
}

constexpr std::size_t kMostCompared = 20000;  // rows of a SQLite table

struct SqliteTable {
  std::string name;
  Touched facts;
};

std::vector<SqliteTable> sqlite_tables(Connection& connection) {
  const auto rows = connection.query(internal(
      "SELECT m.name, coalesce((SELECT group_concat(name, char(10)) FROM pragma_table_info(m.name) WHERE pk > 0), "
      "'') FROM sqlite_master m WHERE m.type = 'table' AND m.name NOT GLOB 'sqlite_*' ORDER BY m.name"));
  std::vector<SqliteTable> tables;
  while (rows->next()) {
    SqliteTable table{std::string(rows->cell(0).text), {}};
    table.facts.name = connection.ident(table.name);
    table.facts.key = std::string(rows->cell(1).text);
    tables.push_back(std::move(table));
  }
  return tables;
}

// Nothing when there are too many to compare; none when the table is not there.
std::optional<Rows> all_rows(Connection& connection, const Touched& table) {
  Rows found;
  try {
    const auto cursor = connection.stream(
        internal(cat("SELECT rowid AS \"tide row\", * FROM ", table.name, " LIMIT ", kMostCompared + 1)));
    found.names.assign(cursor->names().begin() + 1, cursor->names().end());
    while (cursor->next()) {
      Row row{show_cell(*cursor, 0, RowStyle{}).text, {}};
      for (std::size_t i = 1; i < cursor->names().size(); ++i) {
        row.cells.push_back(show_cell(*cursor, i, RowStyle{}).text);
      }
      found.rows.push_back(std::move(row));
    }
  } catch (const Error& error) {
    if (error.sqlstate == "42P01") return found;
    return std::nullopt;  // WITHOUT ROWID
  }
  return found.rows.size() > kMostCompared ? std::nullopt : std::optional<Rows>(std::move(found));
}

void keep_different(const Touched& table, Rows& before, Rows& after) {
  std::map<std::string, const Row*> old;
  for (const Row& row : before.rows) old[key_of(before, row, table.key)] = &row;
  std::set<std::string> same;
  for (const Row& row : after.rows) {
    const std::string key = key_of(after, row, table.key);
    const auto found = old.find(key);
    if (found != old.end() && found->second->cells == row.cells) same.insert(key);
  }
  const auto drop = [&](Rows& rows) {
    std::erase_if(rows.rows, [&](const Row& row) { return same.count(key_of(rows, row, table.key)) > 0; });
  };
  drop(before);
  drop(after);
}

void cover(const Connection& connection, const std::string& table, Rows& rows) {
  for (std::size_t i = 0; i < rows.names.size(); ++i) {
    if (!connection.mask() || !connection.mask()->names(table, rows.names[i])) continue;
    for (Row& row : rows.rows) row.cells[i] = "***";
  }
}

// SQLite does not say which rows a transaction has changed: every table is compared, up to a size.
bool show_sqlite(Shell& shell) {
  Connection& connection = shell.connection();
  if (connection.rows() == 0) return false;
  const std::unique_ptr<Connection> outside = connection.clone();
  for (const SqliteTable& table : sqlite_tables(connection)) {
    std::optional<Rows> before = all_rows(*outside, table.facts), after = all_rows(connection, table.facts);
    if (!before || !after) {
      shell.print(cat(table.name, ": not compared (more than ", grouped(kMostCompared), " rows, or WITHOUT ROWID)\n"));
      continue;
    }
    keep_different(table.facts, *before, *after);
    cover(connection, table.name, *before);
    cover(connection, table.name, *after);
    if (before->rows.empty() && after->rows.empty()) continue;
    shell.print(cat(table.name, ":\n", table_changes(table.facts, *before, *after)));
  }
  return true;
}

}  // namespace

bool show_changes(Shell& shell) {
  return shell.connection().info().engine == "postgres" ? show_postgres(shell) : show_sqlite(shell);
}

}  // namespace tide
