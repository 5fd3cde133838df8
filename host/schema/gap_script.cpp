#include "schema/gap_script.h"

#include <algorithm>

#include "base/text.h"
#include "schema/describe.h"
#include "schema/diff.h"
#include "schema/gap.h"
#include "schema/snapshot.h"

namespace tide {
namespace {

// A text in the long brackets that it does not hold itself. Lua takes a first line break away, and a CR for an LF.
std::string lua_text(const std::string& text) {
  std::string level;
  while (cat("]", text, "]").find(cat("]", level, "]")) != std::string::npos) level += '=';
  const bool many = text.find('\n') != std::string::npos;
  return cat("[", level, "[", many ? "\n" : "", text, "]", level, "]");
}

std::string lua_quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c == '\n' ? "\\n" : c == '\r' ? "\\r" : std::string(1, c);
  }
  return out + '"';
}

// What stands in a comment must not end it.
std::string one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < ' '; }, ' ');
  return text;
}

std::string statement_text(const GapStatement& statement, const std::string& indent) {
  std::string out;
  if (!statement.loss.empty()) out += cat(indent, "-- DESTRUCTIVE, loses ", one_line(statement.loss), "\n");
  if (!statement.caution.empty()) out += cat(indent, "-- CAUTION: ", one_line(statement.caution), "\n");
  if (statement.sql.find('\r') != std::string::npos)
    return cat(out, indent, "db:execute(", lua_quoted(statement.sql), ")\n");
  return cat(out, indent, "db:execute ", lua_text(statement.sql), "\n");
}

std::string statements_text(const std::vector<GapStatement>& statements, const std::string& indent) {
  std::string out;
  for (const GapStatement& statement : statements) out += statement_text(statement, indent);
  return out;
}

constexpr const char* kForeignKeyCheck =
    "      if db:row \"PRAGMA foreign_key_check\" then error \"rows are left that break a foreign key\" end\n";

// The work of one direction: what makes the schema like the one of `digest`. `alone` in the migration's transaction.
std::string body(const Gap& gap, const std::string& digest, bool alone) {
  std::string out = cat("    if schema.digest(db) == \"", digest,
                        "\" then\n      return log.info \"the schema is like that already\"\n    end\n");
  if (!gap.unwritten.empty()) {
    out += "    error \"not all of the gap could be written: add what is missing, then take this line out\"\n";
    for (const std::string& sentence : gap.unwritten) out += cat("    -- ", one_line(sentence), "\n");
  }
  if (alone) return out + statements_text(gap.statements, "    ");
  out += statements_text(gap.before, "    ");
  out += cat("    db:transaction(function()\n", statements_text(gap.statements, "      "),
             gap.check_foreign_keys ? kForeignKeyCheck : "", "    end)\n");
  return out + statements_text(gap.after, "    ");
}

std::string header(const std::vector<SchemaChange>& changes, const SchemaSides& sides, const std::string& command) {
  std::string out =
      cat("-- Written by `", one_line(command), "`: makes ", one_line(sides.a), " like ", one_line(sides.b), ".\n--\n");
  for (const SchemaChange& change : changes) out += cat("-- ", one_line(describe(change, sides)), "\n");
  return out;
}

std::string description(const SchemaSides& sides) {
  return cat("Makes the schema of ", sides.a, " like that of ", sides.b);
}

std::string down_text(const Gap& down, const std::string& digest, bool alone) {
  if (down.unwritten.empty()) return cat("  down = function(db)\n", body(down, digest, alone), "  end,\n");
  return cat("  down = irreversible ", lua_quoted(join(down.unwritten, "; ")), ",\n");
}

}  // namespace

GapScript write_gap_script(const Json& a, const Json& b, const SchemaSides& sides, const std::string& command) {
  const Gap up = plan_gap(a, b), down = plan_gap(b, a);
  const bool alone = up.before.empty() && (down.before.empty() || !down.unwritten.empty());
  GapScript script;
  script.unwritten = up.unwritten;
  script.text =
      cat(header(diff_snapshots(a, b), sides, command), "return {\n  description = ", lua_quoted(description(sides)),
          ",\n", alone ? "" : "  transaction = false,\n", "  up = function(db)\n", body(up, snapshot_digest(b), alone),
          "  end,\n", down_text(down, snapshot_digest(a), alone), "}\n");
  return script;
}

}  // namespace tide
