#include "cli/runbook_migrations.h"

#include <memory>

#include "base/text.h"
#include "cli/json_report.h"
#include "cli/session.h"

namespace tide {
namespace {

std::string text(const Json& request, const char* key) {
  const Json* found = request.find(key);
  const auto* value = found != nullptr ? std::get_if<std::string>(&found->data) : nullptr;
  return value != nullptr ? *value : "";
}

int count(const Json& request, int otherwise) {
  const Json* found = request.find("count");
  const auto* value = found != nullptr ? std::get_if<std::int64_t>(&found->data) : nullptr;
  return value != nullptr ? static_cast<int>(*value) : otherwise;
}

bool flag(const Json& request, const char* key) {
  const Json* found = request.find(key);
  return found != nullptr && std::get_if<bool>(&found->data) != nullptr && std::get<bool>(found->data);
}

UpRequest up_request(const Json& request) {
  UpRequest up;
  up.target = text(request, "target");
  up.count = count(request, 0);
  up.single_transaction = flag(request, "single_transaction");
  up.allow_out_of_order = flag(request, "allow_out_of_order");
  up.plan_hash = text(request, "plan_hash");
  return up;
}

// A failed run says which of its migrations were done.
Json document(const RunReport& report) {
  if (!report.error) return run_json(report);
  Error error = *report.error;
  for (const StepReport& step : report.steps) {
    if (step.state != "failed") error.note_done(cat(step.version, " ", step.name, ": ", step.state));
  }
  throw error;
}

}  // namespace

Json run_migrations(Session& session, const Json& request) {
  Engine& engine = session.migrator(text(request, "dir"));
  const std::string verb = text(request, "verb");
  if (verb == "up") return document(engine.up(up_request(request)));
  if (verb == "down") return document(engine.down({text(request, "to"), count(request, 1)}));
  if (verb == "verify") return document(engine.verify(text(request, "target")));
  if (verb == "status") return status_json(engine.status());
  if (verb == "plan") return plan_json(session.environment().name, engine.plan(up_request(request)), nullptr, nullptr);
  throw Error(ErrorKind::kInternal, cat("no migrations verb '", verb, "'"));
}

}  // namespace tide
