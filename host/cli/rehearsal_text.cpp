#include <vector>

#include "backup/tree.h"
#include "base/text.h"
#include "cli/console.h"
#include "cli/rehearse.h"
#include "cli/table.h"
#include "cli/width.h"

namespace tide {
namespace {

using Down = RehearsedStep::Down;

constexpr std::size_t kSqlColumns = 60;

std::string lock_text(const RehearsedLock* lock, bool first) {
  if (lock == nullptr) return first ? "" : "as before";
  return cat(lock->mode, " on ", lock->relation);
}

std::string held_text(const RehearsedLock* lock) { return lock == nullptr ? "" : human_duration(lock->held_ms); }

std::string sql_text(const RehearsedStatement& statement) {
  const std::string times = statement.times > 1 ? cat(grouped(statement.times), " x ") : "";
  return clip(times + one_line(printable(statement.sql)), kSqlColumns);
}

Table postgres_table(const RehearsedPass& pass) {
  Table table({"statement", "time", "rows", "strongest lock", "held", "rewritten", "scanned", "WAL"});
  for (const std::size_t column : {1U, 2U, 4U, 7U}) table.align_right(column);
  for (const RehearsedStatement& statement : pass.statements) {
    const RehearsedLock* lock = strongest_lock(statement);
    const bool alone = !statement.in_transaction || &statement == &pass.statements.front();
    table.add({sql_text(statement), human_duration(statement.ms), grouped(statement.rows), lock_text(lock, alone),
               held_text(lock), join(statement.rewritten, ", "), join(statement.scanned, ", "),
               statement.wal_bytes ? size_text(*statement.wal_bytes) : ""});
  }
  return table;
}

Table sqlite_table(const RehearsedPass& pass) {
  Table table({"statement", "time", "rows"});
  for (const std::size_t column : {1U, 2U}) table.align_right(column);
  for (const RehearsedStatement& statement : pass.statements) {
    table.add({sql_text(statement), human_duration(statement.ms), grouped(statement.rows)});
  }
  return table;
}

std::string down_text(const RehearsedStep& step) {
  switch (step.down) {
    case Down::kSame:
      return "down: everything is as it was, and up works again";
    case Down::kDiffers:
      return cat("down: WRONG\n  ", join(step.differences, "\n  "));
    case Down::kMissing:
      return "down: MISSING, and nothing says that there can be none";
    case Down::kIrreversible:
      return cat("down: none, it is irreversible: ", step.reason);
    case Down::kSkipped:
      return "down: not rehearsed (--no-down)";
    case Down::kNotReached:
      break;
  }
  return "down: not reached";
}

std::string passes_text(const RehearsedStep& step) {
  std::vector<std::string> parts;
  for (const RehearsedPass& pass : step.passes) {
    parts.push_back(cat(direction_name(pass.direction), pass.again ? " again " : " ", human_duration(pass.ms)));
  }
  return join(parts, ", ");
}

}  // namespace

std::string rehearsal_text(const RehearsalRecord& record) {
  std::string out;
  for (const RehearsedStep& step : record.steps) {
    out += cat(step.version, " ", step.name, "  (", passes_text(step), ")\n");
    if (const RehearsedPass* up = first_up(step); up != nullptr && !up->statements.empty()) {
      out += (record.engine == "postgres" ? postgres_table(*up) : sqlite_table(*up)).text();
    }
    out += cat(down_text(step), "\n\n");
  }
  return out + cat("plan hash: ", record.plan, "\n");
}

}  // namespace tide
