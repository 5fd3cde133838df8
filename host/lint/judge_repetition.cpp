#include <algorithm>

#include "base/text.h"
#include "lint/judge.h"

namespace tide {
namespace {

struct Repetition {
  const char* tag;
  const char* flag;  // set when the statement says IF [NOT] EXISTS
  const char* word;  // behind which it would stand
  const char* condition;
};

constexpr Repetition kRows[] = {
    {"CreateStmt", "if_not_exists", "TABLE", "IF NOT EXISTS"},
    {"CreateTableAsStmt", "if_not_exists", "TABLE", "IF NOT EXISTS"},
    {"CreateSchemaStmt", "if_not_exists", "SCHEMA", "IF NOT EXISTS"},
    {"CreateSeqStmt", "if_not_exists", "SEQUENCE", "IF NOT EXISTS"},
    {"CreateExtensionStmt", "if_not_exists", "EXTENSION", "IF NOT EXISTS"},
    {"AlterEnumStmt", "skipIfNewValExists", "VALUE", "IF NOT EXISTS"},
};

void accuse(Case& judged, const std::string& word, const std::string& condition) {
  judged.accuse("not-repeatable", "", 0, {{"statement", judged.with_word(word, condition)}});
}

void judge_drop_statement(Case& judged, const Node& drop) {
  if (drop.flag("missing_ok")) return;
  const std::string kind = drop.text("removeType");
  const std::string word = drop.flag("concurrent") ? "CONCURRENTLY" : kind.substr(kind.find('_') + 1);
  accuse(judged, word == "MATVIEW" ? "VIEW" : word, "IF EXISTS");
}

void judge_clauses(Case& judged, const Node& alter) {
  for (const Node& item : alter.list("cmds")) {
    const Node command = item.as("AlterTableCmd");
    const std::string kind = command.text("subtype");
    if (command.flag("missing_ok")) continue;
    if (kind == "AT_AddColumn") return accuse(judged, "COLUMN", "IF NOT EXISTS");
    if (kind == "AT_DropColumn") return accuse(judged, "COLUMN", "IF EXISTS");
    if (kind == "AT_DropConstraint") return accuse(judged, "CONSTRAINT", "IF EXISTS");
  }
}

}  // namespace

void judge_repetition(Case& judged, const Node& statement) {
  if (judged.transaction || !judged.several) return;
  const Node body = statement.body();
  if (const Node index = statement.as("IndexStmt")) {
    const bool nameless = index.text("idxname").empty();  // needs a name for IF NOT EXISTS
    if (!index.flag("if_not_exists") && !nameless)
      accuse(judged, index.flag("concurrent") ? "CONCURRENTLY" : "INDEX", "IF NOT EXISTS");
  }
  if (const Node drop = statement.as("DropStmt")) judge_drop_statement(judged, drop);
  if (const Node alter = statement.as("AlterTableStmt")) judge_clauses(judged, alter);
  const auto row = std::find_if(std::begin(kRows), std::end(kRows),
                                [&](const Repetition& candidate) { return statement.tag() == candidate.tag; });
  if (row != std::end(kRows) && !body.flag(row->flag)) accuse(judged, row->word, row->condition);
}

}  // namespace tide
