#include <algorithm>
#include <array>

#include "base/text.h"
#include "lint/judge.h"

namespace tide {
namespace {

constexpr std::int64_t kManyRows = 10000;  // that one statement changes
constexpr std::int64_t kFewRows = 1000;    // which take no time

// The statements that run what stands in them, unlike the body of a function or a rule.
constexpr std::array kRunning = {"SelectStmt", "InsertStmt",        "UpdateStmt", "DeleteStmt",
                                 "MergeStmt",  "CreateTableAsStmt", "CopyStmt"};

std::string assignments(const Case& judged, const Node& change) {
  const auto targets = change.list("targetList");
  const int from = targets.empty() ? -1 : targets.front().as("ResTarget").location();
  if (from < 0) return "...";
  const std::string rest = judged.text().substr(static_cast<std::size_t>(from));
  return rest.substr(0, rest.find('\n'));
}

void judge_change(Case& judged, const std::string& tag, const Node& change, bool whole) {
  const Node relation = change["relation"];
  const std::string table = judged.world.key(relation);
  if (judged.world.is_new(table)) return;
  const auto rows = whole ? judged.statement.rows : std::nullopt;
  const bool all = tag != "MergeStmt" && !change["whereClause"];
  const RuleValues values = {{"assignments", tag == "UpdateStmt" && all ? assignments(judged, change) : "..."}};
  if (all) {
    judged.accuse(tag == "UpdateStmt" ? "update-without-where" : "delete-without-where", table, relation.location(),
                  values);
  } else if (rows && *rows >= kManyRows) {
    judged.accuse("large-change", table, relation.location(), values).fact =
        cat(shown_key(table), ": ", *rows, " rows in the dry run");
  }
  if (!judged.transaction || judged.held->exclusive.empty() || (rows && *rows < kFewRows)) return;
  std::vector<std::string> locked;
  for (const auto& [key, shown] : judged.held->exclusive) locked.push_back(shown);
  judged.accuse("backfill-with-ddl", table, relation.location(), {{"other", join(locked, ", ")}}).fact =
      cat("locked by this transaction: ", join(locked, ", "));
}

bool is_session_lock(const Node& call) {
  const auto names = names_of(call.list("funcname"));
  static constexpr std::array kLocks = {"pg_advisory_lock", "pg_advisory_lock_shared", "pg_try_advisory_lock",
                                        "pg_try_advisory_lock_shared"};
  return !names.empty() && std::find(kLocks.begin(), kLocks.end(), names.back()) != kLocks.end();
}

}  // namespace

void judge_changes(Case& judged, const Node& statement) {
  const std::string top = statement.tag();
  if (std::find(kRunning.begin(), kRunning.end(), top) == kRunning.end()) return;
  statement.walk([&](const std::string& tag, const Node& body) {
    if (tag == "UpdateStmt" || tag == "DeleteStmt" || tag == "MergeStmt") judge_change(judged, tag, body, tag == top);
    if (tag == "FuncCall" && is_session_lock(body))
      judged.accuse("session-lock", "", body.location(), {{"value", "1"}});
  });
}

void judge_enum_use(Case& judged, const Node& statement) {
  if (judged.held->enum_values.empty() || statement.tag() == "AlterEnumStmt") return;
  statement.walk([&](const std::string& tag, const Node& body) {
    const std::string text = body["sval"].text("sval");
    if (tag != "A_Const" || judged.held->enum_values.count(text) == 0) return;
    judged.accuse("enum-value-in-transaction", "", body.location(),
                  {{"value", cat("'", text, "'")}, {"table", "the_enum"}});
  });
}

}  // namespace tide
