#include "base/text.h"
#include "db/postgres_encode.h"
#include "lint/judge.h"

namespace tide {
namespace {

void drop_table(Case& judged, const std::string& key, int place) {
  if (!judged.world.is_new(key)) judged.accuse("drop-table", key, place);
  judged.locks_all(key);
  judged.world.drop(key);
}

void drop_index(Case& judged, const std::string& key, int place, bool concurrent) {
  const std::string table = judged.world.table_of_index(key);
  const std::string index = shown_key(key);
  if (concurrent && judged.transaction) {
    judged.accuse("concurrently-in-transaction", table, judged.locate("concurrently", 0),
                  {{"statement", judged.text()}, {"index", index}});
  } else if (!concurrent && (table.empty() || !judged.world.is_new(table))) {
    judged.accuse("drop-index", table, place, {{"index", index}});
    if (!table.empty()) judged.locks_all(table);
  }
  judged.world.drop(key);
}

void cascade(Case& judged) {
  judged.accuse("cascade", "", judged.locate("cascade", 0), {{"statement", judged.without_word("cascade")}});
}

bool is_schema_new(const Case& judged, const std::string& name) { return judged.world.is_made(quoted_name("", name)); }

}  // namespace

void judge_truncate(Case& judged, const Node& statement) {
  for (const Node& item : statement.list("relations")) {
    const Node relation = item.as("RangeVar");
    const std::string key = judged.world.key(relation);
    if (!judged.world.is_new(key)) judged.accuse("truncate", key, relation.location());
    judged.locks_all(key);
  }
  if (statement.text("behavior") == "DROP_CASCADE") cascade(judged);
}

void judge_drop(Case& judged, const Node& statement) {
  const std::string kind = statement.text("removeType");
  bool all_new = true;
  for (const Node& object : statement.list("objects")) {
    const std::vector<std::string> name = object_name(object);
    if (name.empty()) continue;
    const std::string key = judged.world.key(name);
    const int place = judged.locate(name.back(), 0);
    const bool is_table = kind == "OBJECT_TABLE" || kind == "OBJECT_MATVIEW" || kind == "OBJECT_FOREIGN_TABLE";
    all_new = all_new &&
              (kind == "OBJECT_SCHEMA" ? is_schema_new(judged, name.back()) : is_table && judged.world.is_new(key));
    if (is_table) drop_table(judged, key, place);
    if (kind == "OBJECT_INDEX") drop_index(judged, key, place, statement.flag("concurrent"));
    if (kind == "OBJECT_SCHEMA" && !is_schema_new(judged, name.back()))
      judged.accuse("drop-schema", "", place, {{"table", postgres_ident(name.back())}});
  }
  if (statement.text("behavior") == "DROP_CASCADE" && !all_new) cascade(judged);
}

void judge_rename(Case& judged, const Node& statement) {
  const std::string kind = statement.text("renameType");
  const std::string new_name = statement.text("newname");
  const Node relation = statement["relation"];
  const std::string key = relation ? judged.world.key(relation) : "";
  if (kind == "OBJECT_SCHEMA") {
    judged.accuse("rename-table", "", judged.locate(statement.text("subname"), 0),
                  {{"table", postgres_ident(statement.text("subname"))}, {"other", postgres_ident(new_name)}});
  }
  const bool is_table = kind == "OBJECT_TABLE" || kind == "OBJECT_VIEW" || kind == "OBJECT_MATVIEW";
  const std::string column = statement.text("subname");
  if (kind == "OBJECT_COLUMN" && statement.text("relationType") != "OBJECT_TYPE" && !judged.world.is_new(key)) {
    const std::string type = judged.world.type_of(key, column);
    judged.accuse("rename-column", key, judged.locate(column, relation.location() + 1),
                  {{"column", postgres_ident(column)},
                   {"other", postgres_ident(new_name)},
                   {"type", type.empty() ? "type" : type}});
  }
  if (is_table && !judged.world.is_new(key))
    judged.accuse("rename-table", key, relation.location(), {{"other", postgres_ident(new_name)}});
  if (is_table || kind == "OBJECT_COLUMN") judged.locks_all(key);
  if (kind == "OBJECT_COLUMN") judged.world.rename_column(key, column, new_name);
  if (!is_table) return;
  judged.world.rename(key, new_name);
  if (judged.held->exclusive.erase(key) > 0) judged.locks_all(quoted_name(schema_name(key), new_name));
}

void judge_set_schema(Case& judged, const Node& statement) {
  const std::string kind = statement.text("objectType");
  if (kind != "OBJECT_TABLE" && kind != "OBJECT_VIEW" && kind != "OBJECT_MATVIEW") return;
  const Node relation = statement["relation"];
  const std::string key = judged.world.key(relation);
  const std::string moved = cat(postgres_ident(statement.text("newschema")), ".", postgres_ident(bare_name(key)));
  if (!judged.world.is_new(key)) judged.accuse("rename-table", key, relation.location(), {{"other", moved}});
  judged.locks_all(key);
}

}  // namespace tide
