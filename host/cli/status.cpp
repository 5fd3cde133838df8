#include "base/text.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/json_report.h"
#include "cli/session.h"
#include "cli/table.h"
#include "cli/width.h"
#include "db/drivers.h"
#include "migrate/version.h"

namespace tide {
namespace {

// "applied", or what is wrong with it: "applied, divergent".
std::string state_of(const std::string& state, const std::string& version, const StatusReport& report) {
  std::string out = state;
  for (const Problem& problem : report.problems) {
    const std::string name = join(split(problem_name(problem.kind), '_'), " ");
    if (problem.version == version && out.find(name) == std::string::npos) out += cat(", ", name);
  }
  return out;
}

std::vector<std::string> applied_row(const HistoryEntry& entry, const StatusReport& report) {
  const std::string state = entry.baseline ? cat(state_name(entry.state), " (recorded)") : state_name(entry.state);
  const std::string duration = entry.baseline ? "" : whole_ms(entry.duration_ms);
  return {entry.version, entry.name, state_of(state, entry.version, report), short_time(entry.applied_at), duration};
}

// What is applied and what is pending, by version.
std::string versions_table(const StatusReport& report) {
  Table table({"version", "name", "state", "applied at (UTC)", "duration"});
  table.align_right(4);
  auto pending = report.pending.begin();
  const auto add_pending = [&] {
    table.add({pending->version, pending->name, state_of("pending", pending->version, report)});
    ++pending;
  };
  for (const HistoryEntry& entry : report.applied) {
    while (pending != report.pending.end() && version_before(pending->version, entry.version)) add_pending();
    table.add(applied_row(entry, report));
    // one that was interrupted is in both lists
    if (pending != report.pending.end() && pending->version == entry.version) ++pending;
  }
  while (pending != report.pending.end()) add_pending();
  return table.empty() ? "" : table.text() + "\n";
}

std::string problems_text(const StatusReport& report) {
  std::string out;
  for (const Problem& problem : report.problems) {
    out += cat(problem.blocks ? "problem: " : "note: ", problem.version, problem.version.empty() ? "" : ": ",
               printable(problem.message), "\n");
    for (const std::string& next : problem.next) out += cat("  next: ", printable(next), "\n");
  }
  return out.empty() ? "" : out + "\n";
}

std::string counts_line(const StatusReport& report) {
  std::size_t applied = 0;
  for (const HistoryEntry& entry : report.applied) applied += entry.state == HistoryEntry::State::kApplied ? 1 : 0;
  std::int64_t problems = 0;
  for (const Problem& problem : report.problems) problems += problem.blocks ? 1 : 0;
  const auto notes = static_cast<std::int64_t>(report.problems.size()) - problems;
  return cat(applied, " applied, ", report.pending.size(), " pending, ", counted(problems, "problem"),
             notes > 0 ? cat(", ", counted(notes, "note")) : "", "\n");
}

}  // namespace

int run_status(Session& session) {
  StatusReport report = session.engine().status();
  for (Problem& problem : report.problems) {
    for (std::string& next : problem.next) next = session.advised(next);
  }
  if (session.json()) {
    session.output().document(status_json(report));
  } else {
    const std::string where =
        cat("environment ", report.environment, ": ", display_url(session.environment().url), "\n\n");
    session.output().print(cat(where, versions_table(report), problems_text(report), counts_line(report)));
  }
  const bool clean = report.pending.empty() && report.problems.empty();
  return session.args().has("exit-code") && !clean ? exit_code(ErrorKind::kPending) : 0;
}

}  // namespace tide
