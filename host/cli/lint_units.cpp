#include "cli/lint_units.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "db/sql_scan.h"
#include "migrate/sql_migration.h"
#include "sys/files.h"

namespace tide {
namespace {

bool switches_off(const std::string& timeout) {
  return !timeout.empty() && timeout.find_first_of("123456789") == std::string::npos;
}

LintStatement statement_of(const Event& event) {
  LintStatement statement;
  statement.sql = event.sql;
  statement.file = event.file;
  statement.line = event.line;
  if (!event.error && !event.recorded) statement.rows = event.rows;
  return statement;
}

// Runs what stands somewhere else.
bool is_opaque(const std::string& command) {
  static constexpr std::array kCommands = {"i", "ir", "include", "include_relative", "gexec", "copy", "!",
                                           "o", "g",  "gx"};
  return std::find(kCommands.begin(), kCommands.end(), command) != kCommands.end();
}

void read_piece(ScriptReader& reader, const ScriptPiece& piece, LintUnit& unit) {
  if (piece.kind != ScriptPiece::Kind::kCommand) {
    unit.statements.push_back({piece.text, unit.file, piece.line, {}, {}});
  } else if (piece.text == "set" && !piece.arguments.empty()) {
    reader.set_variable(piece.arguments.front(), join({piece.arguments.begin() + 1, piece.arguments.end()}, ""));
  } else if (is_opaque(piece.text)) {
    const std::string text = cat("\\", piece.text, " ", join(piece.arguments, " "));
    unit.statements.push_back({text, unit.file, piece.line, "what this psql command runs is not read", {}});
  }
}

}  // namespace

std::vector<LintUnit> units_of(const RunReport& dry_run, const std::string& lock_timeout) {
  std::vector<LintUnit> units;
  for (const StepReport& step : dry_run.steps) {
    LintUnit unit;
    unit.name = cat(step.version, " ", step.name);
    unit.file = step.file;
    unit.transaction = step.transaction;
    unit.lock_timeout = !switches_off(step.lock_timeout.empty() ? lock_timeout : step.lock_timeout);
    unit.silences = step.silences;
    unit.complete = step.state != "failed";
    for (const Event& event : step.recorded) {
      if (event.kind == Event::Kind::kStatementDone) unit.statements.push_back(statement_of(event));
    }
    units.push_back(std::move(unit));
  }
  return units;
}

LintUnit unit_of_file(const std::string& path) {
  const SqlPart part = parse_sql(read_file(path), path).up;
  LintUnit unit;
  unit.name = unit.file = path;
  unit.transaction = part.transaction;
  unit.silences = part.silences;
  ScriptReader reader(std::string(static_cast<std::size_t>(part.line - 1), '\n') + part.text, path, Dialect::kPostgres);
  for (ScriptPiece piece; reader.next(piece);) read_piece(reader, piece, unit);
  return unit;
}

}  // namespace tide
