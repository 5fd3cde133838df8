#include "cli/run_report.h"

#include "base/text.h"
#include "cli/console.h"
#include "cli/json_report.h"
#include "cli/session.h"

namespace tide {

int show_run(Session& session, const RunReport& report, const std::string& summary) {
  if (report.error) session.log_error(*report.error);
  if (session.json()) {
    RunReport shown = report;
    if (report.error) shown.error = std::make_shared<Error>(session.advised(*report.error));
    session.output().document(run_json(shown));
  } else if (report.error) {
    session.output().message(error_screen(session.advised(*report.error), session.screen_options()));
  } else {
    session.say(summary);
  }
  return report.error ? exit_code(report.error->kind) : 0;
}

std::string run_summary(const RunReport& report, const std::string& nothing) {
  if (report.steps.empty()) return nothing;
  std::vector<std::pair<std::string, int>> counts;
  std::int64_t ms = 0;
  for (const StepReport& step : report.steps) {
    ms += step.duration_ms;
    if (counts.empty() || counts.back().first != step.state) counts.emplace_back(step.state, 0);
    ++counts.back().second;
  }
  std::vector<std::string> parts;
  for (const auto& [state, count] : counts) parts.push_back(cat(count, " ", state));
  return cat(join(parts, ", "), " in ", whole_ms(ms));
}

}  // namespace tide
