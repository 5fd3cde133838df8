#include "base/text.h"
#include "db/postgres_encode.h"
#include "lint/judge.h"

namespace tide {
namespace {

bool is_integer(const std::string& type) {
  return type == "integer" || type == "smallint" || type == "serial" || type == "smallserial";
}

// A table that is being made: nothing about it is dangerous, some of it is regretted later.
class NewTable {
 public:
  NewTable(Case& judged, std::string key) : judged_(judged), key_(std::move(key)) {}

  void read(const Node& statement) {
    for (const Node& element : statement.list("tableElts")) {
      if (const Node column = element.as("ColumnDef")) read_column(column);
      if (const Node constraint = element.as("Constraint")) read_constraint(constraint, "", constraint.location());
    }
  }

 private:
  TableFacts& facts() { return judged_.world.change(key_); }

  void read_column(const Node& column) {
    const std::string name = column.text("colname");
    facts().columns[name] = catalog_type(column["typeName"]);
    places_[name] = column["typeName"].location();
    judge_column_type(judged_, key_, column);
    for (const Node& item : column.list("constraints")) {
      const Node constraint = item.as("Constraint");
      if (constraint.text("contype") == "CONSTR_NOTNULL") facts().not_null.insert(name);
      read_constraint(constraint, name, constraint.location());
    }
  }

  void read_constraint(const Node& constraint, const std::string& column, int location) {
    const std::string kind = constraint.text("contype");
    std::vector<std::string> columns = names_of(constraint.list(kind == "CONSTR_FOREIGN" ? "fk_attrs" : "keys"));
    if (columns.empty() && !column.empty()) columns = {column};
    if (kind == "CONSTR_PRIMARY") primary_key(columns);
    if (kind == "CONSTR_PRIMARY" || kind == "CONSTR_UNIQUE")
      judged_.world.make_index(key_, cat("(", location, ")"), {columns, false});
    if (kind == "CONSTR_CHECK")
      facts().checks.push_back(check_facts(constraint.text("conname"), constraint["raw_expr"], true));
    if (kind == "CONSTR_FOREIGN")
      expect_index(judged_, key_, columns, judged_.world.key(constraint["pktable"]), location);
  }

  void primary_key(const std::vector<std::string>& columns) {
    for (const std::string& column : columns) facts().not_null.insert(column);
    if (columns.size() != 1 || !is_integer(facts().columns[columns.front()])) return;
    judged_.accuse("int-primary-key", key_, places_[columns.front()], {{"column", postgres_ident(columns.front())}});
  }

  Case& judged_;
  std::string key_;
  std::map<std::string, int> places_;  // of the columns' types
};

std::vector<std::string> index_columns(const Node& statement) {
  std::vector<std::string> columns;
  for (const Node& item : statement.list("indexParams")) columns.push_back(item.as("IndexElem").text("name"));
  return columns;
}

// What stands between the brackets, as it is written.
std::string bracketed(const std::string& sql, std::size_t from) {
  const std::size_t open = sql.find('(', from);
  int depth = 0;
  for (std::size_t at = open; at < sql.size(); ++at) {
    depth += sql[at] == '(' ? 1 : sql[at] == ')' ? -1 : 0;
    if (depth == 0) return sql.substr(open + 1, at - open - 1);
  }
  return "...";
}

RuleValues index_values(const Case& judged, const Node& statement, const std::string& table, const std::string& name) {
  const auto from = static_cast<std::size_t>(std::max(statement["relation"].location(), 0));
  const bool skips = statement.flag("if_not_exists");
  return {{"index", postgres_ident(name)},
          {"qualified", shown_key(judged.world.key(schema_name(table), name))},
          {"columns", bracketed(judged.statement.sql, from)},
          {"statement",
           judged.with_word(
               "index", skips || statement.text("idxname").empty() ? "CONCURRENTLY" : "CONCURRENTLY IF NOT EXISTS")}};
}

std::string index_name(const Node& statement, const std::string& table, const std::vector<std::string>& columns) {
  const std::string given = statement.text("idxname");
  return given.empty() ? cat(bare_name(table), "_", join(columns, "_"), "_idx") : given;
}

}  // namespace

void judge_create_table(Case& judged, const Node& statement) {
  const std::string key = judged.world.key(statement["relation"]);
  if (statement.flag("if_not_exists") && judged.world.exists(key)) return;
  judged.world.make_table(key);
  NewTable(judged, key).read(statement);
}

void judge_create_index(Case& judged, const Node& statement) {
  const std::string table = judged.world.key(statement["relation"]);
  const std::vector<std::string> columns = index_columns(statement);
  const std::string name = index_name(statement, table, columns);
  const TableFacts* facts = judged.world.table(table);
  const bool partitioned = facts != nullptr && facts->partitioned;
  const bool only = !statement["relation"].flag("inh");
  const int place = statement["relation"].location();
  if (statement.flag("if_not_exists") && facts != nullptr && facts->indexes.count(name) > 0) return;
  if (statement.flag("concurrent")) {
    if (judged.transaction)
      judged.accuse("concurrently-in-transaction", table, judged.locate("concurrently", 0),
                    {{"statement", judged.text()}});
  } else if (!judged.world.is_new(table) && !(partitioned && only)) {
    judged.accuse(partitioned ? "create-index-partitioned" : "create-index", table, place,
                  index_values(judged, statement, table, name));
    judged.locks_writers(table);
  }
  judged.world.make_index(table, name, {columns, static_cast<bool>(statement["whereClause"])});
}

void expect_index(Case& judged, const std::string& table, const std::vector<std::string>& columns,
                  const std::string& other, int location) {
  std::vector<std::string> names;
  for (const std::string& column : columns) names.push_back(postgres_ident(column));
  const std::string index = postgres_ident(cat(bare_name(table), "_", join(columns, "_"), "_idx"));
  const RuleValues values = {{"columns", join(names, ", ")}, {"index", index}, {"other", shown_key(other)}};
  judged.foreign_keys->push_back({table, columns, judged.find("foreign-key-index", table, location, values)});
}

}  // namespace tide
