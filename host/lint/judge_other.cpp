#include <algorithm>

#include "base/text.h"
#include "db/postgres_encode.h"
#include "lint/judge.h"

namespace tide {
namespace {

constexpr int kShareLock = 5;  // the first mode that keeps writers out
constexpr int kAccessExclusive = 8;

bool has_option(const Node& statement, const char* list, const std::string& name) {
  for (const Node& item : statement.list(list)) {
    if (item.as("DefElem").text("defname") == name) return true;
  }
  return false;
}

void reindex(Case& judged, const Node& statement) {
  const bool concurrent = has_option(statement, "params", "concurrently") || statement.flag("concurrent");
  const Node relation = statement["relation"];
  const std::string key = relation ? judged.world.key(relation) : "";
  const std::string owner = key.empty() ? "" : judged.world.table_of_index(key);
  const std::string table = owner.empty() ? key : owner;
  if (concurrent && judged.transaction) {
    judged.accuse("concurrently-in-transaction", table, judged.locate("concurrently", 0),
                  {{"statement", judged.text()}});
  } else if (!concurrent && (table.empty() || !judged.world.is_new(table))) {
    const std::string kind = statement.text("kind");
    const std::string word = kind.substr(kind.rfind('_') + 1);
    judged.accuse("reindex", table, relation ? relation.location() : 0,
                  {{"statement", judged.with_word(word, "CONCURRENTLY")}});
  }
}

void refresh(Case& judged, const Node& statement) {
  const std::string key = judged.world.key(statement["relation"]);
  if (statement.flag("concurrent") || judged.world.is_new(key)) return;
  judged.accuse("refresh-view", key, statement["relation"].location());
}

void vacuum(Case& judged, const Node& statement) {
  if (!has_option(statement, "options", "full")) return;
  const auto relations = statement.list("rels");
  if (relations.empty()) judged.accuse("vacuum-full", "", judged.locate("full", 0));
  for (const Node& item : relations) {
    const Node relation = item.as("VacuumRelation")["relation"];
    judged.accuse("vacuum-full", judged.world.key(relation), relation.location());
  }
}

void cluster(Case& judged, const Node& statement) {
  const Node relation = statement["relation"];
  const std::string key = relation ? judged.world.key(relation) : "";
  if (key.empty() || !judged.world.is_new(key)) judged.accuse("vacuum-full", key, relation ? relation.location() : 0);
}

void lock(Case& judged, const Node& statement) {
  const auto mode = statement.number("mode");
  for (const Node& item : statement.list("relations")) {
    const Node relation = item.as("RangeVar");
    const std::string key = judged.world.key(relation);
    if (mode < kShareLock || judged.world.is_new(key)) continue;
    judged.accuse("lock-table", key, relation.location());
    mode == kAccessExclusive ? judged.locks_all(key) : judged.locks_writers(key);
  }
}

bool is_off(const Node& statement) {
  const auto values = statement.list("args");
  if (values.empty()) return false;
  const Node value = values.front().as("A_Const");
  if (const Node text = value["sval"]) return text.text("sval").find_first_of("123456789") == std::string::npos;
  return value["ival"] && value["ival"].number("ival") == 0;
}

void set(Case& judged, const Node& statement) {
  const std::string kind = statement.text("kind"), name = statement.text("name");
  if (kind != "VAR_SET_VALUE") return;
  const bool local = statement.flag("is_local");
  const int place = judged.locate(name, 0);
  const std::string setting = judged.text().substr(static_cast<std::size_t>(place));
  if (name == "lock_timeout" && is_off(statement)) judged.accuse("no-lock-timeout", "", place);
  if (!local) judged.accuse("session-setting", "", 0, {{"setting", setting}});
  // in a dry run it may stand in a db:transaction, of which nothing is recorded
  if (local && !judged.transaction && !judged.options.ran)
    judged.accuse("set-local-without-transaction", "", 0, {{"setting", setting}});
}

void alter_enum(Case& judged, const Node& statement) {
  if (judged.transaction && statement.text("oldVal").empty()) judged.held->enum_values.insert(statement.text("newVal"));
}

// What PUBLIC has anyway, on functions, types and databases, is no finding.
bool matters(const Node& grant) {
  const std::string on = grant.text("objtype");
  if (on == "OBJECT_TABLE" || on == "OBJECT_SEQUENCE") return true;
  if (on != "OBJECT_SCHEMA" && on != "OBJECT_DATABASE") return false;
  const auto privileges = grant.list("privileges");
  return privileges.empty() || std::any_of(privileges.begin(), privileges.end(), [](const Node& item) {
           return item.as("AccessPriv").text("priv_name") == "create";
         });
}

void grant(Case& judged, const Node& statement) {
  if (!statement.flag("is_grant") || !matters(statement)) return;
  std::vector<std::string> privileges;
  for (const Node& item : statement.list("privileges")) privileges.push_back(item.as("AccessPriv").text("priv_name"));
  const auto objects = statement.list("objects");
  const Node table = objects.empty() ? Node() : objects.front().as("RangeVar");
  RuleValues values = {{"privileges", privileges.empty() ? "ALL" : join(privileges, ", ")}};
  for (const Node& item : statement.list("grantees")) {
    const Node role = item.as("RoleSpec");
    if (role.text("roletype") != "ROLESPEC_PUBLIC") continue;
    judged.accuse("grant-public", table ? judged.world.key(table) : "", role.location(), values);
  }
}

void default_privileges(Case& judged, const Node& statement) { grant(judged, statement["action"]); }

void opaque(Case& judged, const Node&) { judged.accuse("not-looked-into", "", 0); }

void drop_database(Case& judged, const Node& statement) {
  const std::string name = statement.text("dbname");
  judged.accuse("drop-database", "", judged.locate(name, 0),
                {{"table", postgres_ident(name)}, {"bare", postgres_ident(name)}});
}

void drop_owned(Case& judged, const Node& statement) {
  judged.accuse("drop-schema", "", 0);
  if (statement.text("behavior") == "DROP_CASCADE")
    judged.accuse("cascade", "", judged.locate("cascade", 0), {{"statement", judged.without_word("cascade")}});
}

void create_as(Case& judged, const Node& statement) {
  const std::string key = judged.world.key(statement["into"]["rel"]);
  if (!statement.flag("if_not_exists") || !judged.world.exists(key)) judged.world.make_table(key);
}

void select_into(Case& judged, const Node& statement) {
  if (const Node into = statement["intoClause"]) judged.world.make_table(judged.world.key(into["rel"]));
}

void create_schema(Case& judged, const Node& statement) {
  judged.world.make(quoted_name("", statement.text("schemaname")));
}

struct JudgeRow {
  const char* tag;
  Judge judge;
};

constexpr JudgeRow kJudges[] = {
    {"AlterTableStmt", judge_alter_table},
    {"AlterDomainStmt", judge_alter_domain},
    {"AlterEnumStmt", alter_enum},
    {"AlterDefaultPrivilegesStmt", default_privileges},
    {"AlterObjectSchemaStmt", judge_set_schema},
    {"CallStmt", opaque},
    {"ClusterStmt", cluster},
    {"CreateSchemaStmt", create_schema},
    {"CreateStmt", judge_create_table},
    {"CreateTableAsStmt", create_as},
    {"DoStmt", opaque},
    {"DropOwnedStmt", drop_owned},
    {"DropStmt", judge_drop},
    {"DropdbStmt", drop_database},
    {"GrantStmt", grant},
    {"IndexStmt", judge_create_index},
    {"LockStmt", lock},
    {"RefreshMatViewStmt", refresh},
    {"ReindexStmt", reindex},
    {"RenameStmt", judge_rename},
    {"SelectStmt", select_into},
    {"TruncateStmt", judge_truncate},
    {"VacuumStmt", vacuum},
    {"VariableSetStmt", set},
};

}  // namespace

Judge judge_of(const std::string& tag) {
  const auto row = std::find_if(std::begin(kJudges), std::end(kJudges),
                                [&](const JudgeRow& candidate) { return tag == candidate.tag; });
  return row == std::end(kJudges) ? nullptr : row->judge;
}

}  // namespace tide
