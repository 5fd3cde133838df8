#include "base/text.h"
#include "cli/commands.h"
#include "cli/json_report.h"
#include "cli/recorded_text.h"
#include "cli/session.h"
#include "cli/table.h"

namespace tide {
namespace {

std::string steps_text(const Plan& plan) {
  if (plan.steps.empty()) return "nothing to apply\n";
  Table table({"step", "version", "name"});
  for (const PlanStep& step : plan.steps) table.add({direction_name(step.direction), step.version, step.name});
  return table.text();
}

std::string hash_text(const Plan& plan) { return plan.steps.empty() ? "" : cat("plan hash: ", plan.hash, "\n"); }

std::string dry_run_text(const RunReport& report) {
  std::string out;
  for (const StepReport& step : report.steps) {
    out += cat("-- ", direction_name(step.direction), " ", step.version, " ", step.name, "\n\n");
    for (const Event& event : step.recorded) out += recorded_text(event);
  }
  return out;
}

std::string gates_text(const std::vector<ShutGate>& shut) {
  std::string out = shut.empty() ? "" : "\nshut, so that `up` would be refused:\n";
  for (const ShutGate& gate : shut) out += cat("  ", gate_text(gate), "\n    ", gate.unmet.remedy, "\n");
  return out;
}

int show_plan(Session& session, const Plan& plan) {
  const std::vector<ShutGate> shut = session.engine().shut_gates(plan);
  if (session.json()) {
    session.output().document(plan_json(session.environment().name, plan, &shut, nullptr));
  } else {
    session.output().print(cat(steps_text(plan), plan.steps.empty() ? "" : "\n", hash_text(plan), gates_text(shut)));
  }
  return 0;
}

int show_dry_run(Session& session, const Plan& plan, const RunReport& report) {
  if (session.json()) {
    session.output().document(plan_json(session.environment().name, plan, nullptr, &report));
  } else {
    const std::string hash = plan.steps.empty() ? "-- nothing to apply\n" : cat("-- ", hash_text(plan));
    session.output().print(cat(dry_run_text(report), hash));
    if (report.error)
      session.output().message(error_screen(session.advised(*report.error), session.screen_options()));
    else
      session.say("rolled back: nothing of this was kept");
  }
  return report.error ? exit_code(report.error->kind) : 0;
}

}  // namespace

int run_plan(Session& session) {
  UpRequest request;
  request.target = session.args().text("VERSION");
  request.count = session.args().positive("count", 0);
  request.allow_out_of_order = session.args().has("allow-out-of-order");
  const Plan plan = session.engine().plan(request);
  if (!session.args().has("sql")) return show_plan(session, plan);
  return show_dry_run(session, plan, session.engine().dry_run(request));
}

}  // namespace tide
