#include "schema/sqlite_catalog.h"

#include <map>
#include <utility>

#include "base/text.h"
#include "schema/snapshot.h"
#include "schema/snapshot_builder.h"
#include "schema/sqlite_table.h"
#include "tide/error.h"

namespace tide {
namespace {

constexpr int kTableListSince = 3037000;

#define TIDE_OURS(name) "(" name " NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND " name " NOT LIKE 'tide\\_%' ESCAPE '\\')"

constexpr const char* kTables =
    "SELECT l.name, l.type, l.wr, l.strict, m.sql FROM pragma_table_list l JOIN main.sqlite_schema m ON m.name = "
    "l.name "
    "AND m.type IN ('table', 'view') WHERE l.schema = 'main' AND l.type IN ('table', 'view', 'virtual') AND " TIDE_OURS(
        "l.name") " ORDER BY l.name";
constexpr const char* kColumnsOfTables =
    "SELECT l.name, x.name, lower(x.type), x.\"notnull\", x.dflt_value, x.hidden FROM pragma_table_list l JOIN "
    "pragma_table_xinfo(l.name, 'main') x WHERE l.schema = 'main' AND l.type IN ('table', 'virtual') AND " TIDE_OURS(
        "l.name") " ORDER BY l.name, x.cid";
// One view at a time: a view that no longer works must not hide the others.
constexpr const char* kColumnsOfView = "SELECT name, lower(type) FROM pragma_table_xinfo($1, 'main') ORDER BY cid";
constexpr const char* kIndexes =
    "SELECT m.tbl_name, m.name, m.sql, i.\"unique\", i.partial FROM main.sqlite_schema m JOIN "
    "pragma_index_list(m.tbl_name, 'main') i ON i.name = m.name WHERE m.type = 'index' AND m.sql IS NOT NULL "
    "AND " TIDE_OURS("m.tbl_name");
constexpr const char* kTriggers =
    "SELECT tbl_name, name, sql FROM main.sqlite_schema WHERE type = 'trigger' AND " TIDE_OURS("tbl_name");

Statement internal(const char* sql, std::vector<Value> params = {}) {
  Statement statement(sql, std::move(params));
  statement.internal = true;
  return statement;
}

std::string text_at(Cursor& row, std::size_t column) { return std::string(row.cell(column).text); }
bool is_set(Cursor& row, std::size_t column) {
  const Cell cell = row.cell(column);
  return cell.kind == Cell::Kind::kBool ? cell.boolean : cell.integer != 0;
}

Json::List names_list(const std::vector<std::string>& names) { return {names.begin(), names.end()}; }

CatalogId object_id(const std::string& name) { return {cat("object ", name)}; }

class Reader {
 public:
  explicit Reader(Connection& connection) : connection_(connection) {}

  Json read() {
    read_tables();
    read_columns();
    for (const std::string& view : views_) read_view_columns(view);
    read_indexes();
    read_triggers();
    return builder_.finish({{"format", kSnapshotFormat}, {"engine", "sqlite"}});
  }

 private:
  void read_tables() {
    const auto rows = connection_.query(internal(kTables));
    while (rows->next()) {
      const std::string name = text_at(*rows, 0), type = text_at(*rows, 1), sql = text_at(*rows, 4);
      if (type == "table") {
        add_table(name, sql, is_set(*rows, 2), is_set(*rows, 3));
      } else if (type == "view") {
        views_.push_back(name);
        builder_.add_object(object_id(name), "views", name, {{"definition", sql}});
      } else {
        builder_.add_object(object_id(name), "virtual_tables", name, {{"definition", sql}});
      }
    }
  }

  void add_table(const std::string& name, const std::string& sql, bool without_rowid, bool strict) {
    SqliteTable& table = tables_[name] = parse_sqlite_table(sql);
    Json::Object properties;
    if (without_rowid) properties.emplace_back("without_rowid", true);
    if (strict) properties.emplace_back("strict", true);
    if (table.autoincrement) properties.emplace_back("autoincrement", true);
    properties.emplace_back("sql", sql);
    builder_.add_object(object_id(name), "tables", name, std::move(properties));
    for (const SqliteTable::Constraint& constraint : table.constraints) add_constraint(name, constraint);
  }

  void add_constraint(const std::string& table, const SqliteTable::Constraint& constraint) {
    Json::Object properties = {{"type", constraint.type}, {"definition", constraint.definition}};
    if (!constraint.columns.empty()) properties.emplace_back("columns", names_list(constraint.columns));
    if (!constraint.references.empty()) properties.emplace_back("references", constraint.references);
    if (!constraint.referenced_columns.empty()) {
      properties.emplace_back("referenced_columns", names_list(constraint.referenced_columns));
    }
    add_part(table, "constraints", constraint.name, std::move(properties));
  }

  void read_columns() {
    const auto rows = connection_.query(internal(kColumnsOfTables));
    while (rows->next()) {
      const std::string table = text_at(*rows, 0), name = text_at(*rows, 1);
      Json::Object properties = {{"type", text_at(*rows, 2)}};
      if (is_set(*rows, 3)) properties.emplace_back("not_null", true);
      if (rows->cell(4).kind != Cell::Kind::kNull) properties.emplace_back("default", tidy_sqlite(text_at(*rows, 4)));
      const std::int64_t hidden = rows->cell(5).integer;
      if (hidden == 1) properties.emplace_back("hidden", true);
      add_from_text(table, name, hidden, properties);
      add_part(table, "columns", name, std::move(properties));
    }
  }

  // table_xinfo says that a column is generated, only the text says how.
  void add_from_text(const std::string& table, const std::string& name, std::int64_t hidden,
                     Json::Object& properties) const {
    constexpr std::int64_t kVirtual = 2, kStored = 3;
    const auto found = tables_.find(table);
    if (found == tables_.end()) return;
    for (const SqliteTable::Column& column : found->second.columns) {
      if (column.name != name) continue;
      if (!column.collation.empty()) properties.emplace_back("collation", lower(column.collation));
      if (hidden != kVirtual && hidden != kStored) return;
      properties.emplace_back("generated", column.generated);
      properties.emplace_back("generation", hidden == kStored ? "stored" : "virtual");
    }
  }

  void read_view_columns(const std::string& view) {
    try {
      const auto rows = connection_.query(internal(kColumnsOfView, {Value(view)}));
      while (rows->next()) add_part(view, "columns", text_at(*rows, 0), {{"type", text_at(*rows, 1)}});
    } catch (const Error& error) {
      if (error.kind != ErrorKind::kSql) throw;
      builder_.add_properties(object_id(view), {{"broken", error.message}});
    }
  }

  void read_indexes() {
    const auto rows = connection_.query(internal(kIndexes));
    while (rows->next()) {
      Json::Object properties = {{"definition", text_at(*rows, 2)}, {"valid", true}};
      if (is_set(*rows, 3)) properties.emplace_back("unique", true);
      if (is_set(*rows, 4)) properties.emplace_back("partial", true);
      add_part(text_at(*rows, 0), "indexes", text_at(*rows, 1), std::move(properties));
    }
  }

  void read_triggers() {
    const auto rows = connection_.query(internal(kTriggers));
    while (rows->next()) {
      add_part(text_at(*rows, 0), "triggers", text_at(*rows, 1), {{"definition", text_at(*rows, 2)}});
    }
  }

  void add_part(const std::string& object, const char* collection, const std::string& name, Json::Object properties) {
    builder_.add_part(object_id(object), {cat("part ", object, " ", std::string_view(collection), " ", name)},
                      collection, name, std::move(properties));
  }

  Connection& connection_;
  SnapshotBuilder builder_;
  std::map<std::string, SqliteTable> tables_;
  std::vector<std::string> views_;
};

}  // namespace

Json read_sqlite_catalog(Connection& connection) {
  const ConnectionInfo& info = connection.info();
  if (info.version_number < kTableListSince) {
    throw Error(ErrorKind::kUsage, cat("a snapshot needs SQLite 3.37 or later; this is ", info.version));
  }
  return Reader(connection).read();
}

}  // namespace tide
