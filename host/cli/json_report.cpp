#include "cli/json_report.h"

#include <cmath>

namespace tide {
namespace {

Json known(const std::string& text) { return text.empty() ? Json(Null{}) : Json(text); }
Json known(int number) { return number == 0 ? Json(Null{}) : Json(number); }

Json texts(const std::vector<std::string>& list) {
  Json::List out;
  for (const std::string& text : list) out.emplace_back(text);
  return out;
}

// Milliseconds to the microsecond: what is behind it is noise.
Json milliseconds(double ms) { return std::round(ms * 1000) / 1000; }

Json applied_json(const HistoryEntry& entry) {
  return Json::Object{{"version", entry.version},
                      {"name", entry.name},
                      {"applied_at", known(entry.applied_at)},
                      {"duration_ms", entry.duration_ms},
                      {"checksum", known(entry.checksum)},
                      {"state", state_name(entry.state)}};
}

Json problem_json(const Problem& problem) {
  return Json::Object{{"kind", problem_name(problem.kind)},
                      {"version", problem.version},
                      {"message", problem.message},
                      {"blocks", problem.blocks},
                      {"next", texts(problem.next)}};
}

Json step_json(const StepReport& step) {
  return Json::Object{{"version", step.version},
                      {"name", step.name},
                      {"direction", direction_name(step.direction)},
                      {"state", step.state},
                      {"duration_ms", step.duration_ms},
                      {"statements", step.statements},
                      {"rows", step.rows}};
}

Json statement_json(const Event& event) {
  Json::List params;
  for (const Value& value : event.params) params.push_back(to_json(value));
  return Json::Object{{"sql", event.sql},
                      {"params", std::move(params)},
                      {"rows", event.rows},
                      {"duration_ms", milliseconds(event.ms)},
                      {"recorded", event.recorded}};
}

Json effect_json(const Event& event) {
  return Json::Object{{"effect", event.name},
                      {"what", event.text},
                      {"duration_ms", milliseconds(event.ms)},
                      {"recorded", event.recorded}};
}

Json recorded_json(const std::vector<Event>& events) {
  Json::List out;
  for (const Event& event : events) {
    out.push_back(event.kind == Event::Kind::kEffect ? effect_json(event) : statement_json(event));
  }
  return out;
}

const StepReport* find_step(const RunReport& report, const PlanStep& step) {
  for (const StepReport& done : report.steps) {
    if (done.version == step.version && done.direction == step.direction) return &done;
  }
  return nullptr;
}

Json plan_step_json(const PlanStep& step, const RunReport* dry_run) {
  Json::Object out{{"version", step.version},
                   {"name", step.name},
                   {"direction", direction_name(step.direction)},
                   {"checksum", known(step.checksum)}};
  if (!dry_run) return out;
  const StepReport* done = find_step(*dry_run, step);
  out.emplace_back("statements", done ? recorded_json(done->recorded) : Json::List());
  return out;
}

Json event_json(const HistoryEvent& event) {
  return Json::Object{{"id", event.id},
                      {"at", event.at},
                      {"run", known(event.run)},
                      {"version", known(event.version)},
                      {"name", known(event.name)},
                      {"event", event.event},
                      {"direction", known(event.direction)},
                      {"who", known(event.who)},
                      {"host", known(event.host)},
                      {"duration_ms", event.duration_ms},
                      {"detail", known(event.detail)}};
}

template <class Item, class Render>
Json list_of(const std::vector<Item>& items, Render render) {
  Json::List out;
  for (const Item& item : items) out.push_back(render(item));
  return out;
}

Json error_or_null(const std::shared_ptr<const Error>& error) { return error ? error_json(*error) : Json(Null{}); }

Json gate_json(const ShutGate& gate) {
  return Json::Object{
      {"who", gate.who}, {"demand", gate.demand}, {"why", gate.unmet.why}, {"remedy", gate.unmet.remedy}};
}

}  // namespace

Json error_json(const Error& error) {
  Json::Object out{
      {"kind", kind_name(error.kind)},       {"message", error.message},      {"sqlstate", known(error.sqlstate)},
      {"detail", known(error.detail)},       {"hint", known(error.hint)},     {"constraint", known(error.constraint)},
      {"table", known(error.table)},         {"column", known(error.column)}, {"position", known(error.position)},
      {"statement", known(error.statement)}, {"file", known(error.file)},     {"line", known(error.line)},
      {"step", known(error.step)},           {"done", texts(error.done)},     {"next", texts(error.next)}};
  if (error.cause) out.emplace_back("cause", error_json(*error.cause));
  return out;
}

Json failure_json(const Error& error) { return Json::Object{{"error", error_json(error)}}; }

Json status_json(const StatusReport& report) {
  const auto pending = [](const Migration& migration) {
    return Json(Json::Object{{"version", migration.version}, {"name", migration.name}});
  };
  return Json::Object{{"environment", report.environment},
                      {"engine", report.engine},
                      {"current", known(report.current)},
                      {"applied", list_of(report.applied, applied_json)},
                      {"pending", list_of(report.pending, pending)},
                      {"problems", list_of(report.problems, problem_json)}};
}

Json run_json(const RunReport& report) {
  return Json::Object{{"run", known(report.run)},
                      {"environment", report.environment},
                      {"steps", list_of(report.steps, step_json)},
                      {"error", error_or_null(report.error)}};
}

Json plan_json(const std::string& environment, const Plan& plan, const std::vector<ShutGate>* shut,
               const RunReport* dry_run) {
  const auto step = [&](const PlanStep& planned) { return plan_step_json(planned, dry_run); };
  Json::Object out{{"environment", environment}, {"hash", plan.hash}, {"steps", list_of(plan.steps, step)}};
  if (shut) out.emplace_back("shut_gates", list_of(*shut, gate_json));
  out.emplace_back("error", dry_run ? error_or_null(dry_run->error) : Json(Null{}));
  return out;
}

Json script_json(const ScriptReport& report) {
  Json::Object out{{"script", report.script},
                   {"environment", report.environment},
                   {"dry_run", report.dry_run},
                   {"duration_ms", milliseconds(report.ms)},
                   {"statements", report.statements},
                   {"rows", report.rows},
                   {"result", report.result.value_or(Json())},
                   {"error", error_or_null(report.error)}};
  if (report.dry_run) out.emplace_back("recorded", recorded_json(report.recorded));
  return out;
}

Json history_json(const std::string& environment, const std::vector<HistoryEvent>& events) {
  return Json::Object{{"environment", environment}, {"events", list_of(events, event_json)}};
}

Json baseline_json(const std::string& environment, const std::vector<std::string>& versions) {
  return Json::Object{{"environment", environment}, {"recorded", texts(versions)}};
}

Json renamed_json(const std::string& environment, const std::string& was, const std::string& reason) {
  return Json::Object{{"environment", environment}, {"was", was}, {"reason", reason}};
}

Json resolve_json(const std::string& environment, const std::string& version, const std::string& resolution,
                  const std::string& reason) {
  return Json::Object{
      {"environment", environment}, {"version", version}, {"resolution", resolution}, {"reason", reason}};
}

}  // namespace tide
