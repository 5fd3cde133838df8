#include "cli/rehearse.h"

#include "backup/clock.h"
#include "base/text.h"
#include "cli/backup.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/error_screen.h"
#include "cli/session.h"
#include "migrate/rehearsal.h"
#include "migrate/rehearsal_store.h"
#include "scratch/copy.h"
#include "tide/error.h"

namespace tide {
namespace {

UpRequest request_of(const Args& args) {
  UpRequest request;
  request.target = args.text("VERSION");
  request.count = args.positive("count", 0);
  request.allow_out_of_order = args.has("allow-out-of-order");
  return request;
}

CopyRequest copy_request(Session& session) {
  const Args& args = session.args();
  if (args.has("schema-only") && args.has("from-backup")) {
    throw Error(ErrorKind::kUsage, "--schema-only and --from-backup do not go together").advise("tide help rehearse");
  }
  CopyRequest request;
  request.context = backup_context(session);
  if (args.has("server")) request.server = session.url_of_other(args.text("server"));
  request.from_backup = args.text("from-backup");
  request.schema_only = args.has("schema-only");
  return request;
}

void tell_origin(Session& session, const CopyOrigin& origin) {
  for (const std::string& warning : origin.warnings) {
    Event event{Event::Kind::kWarning};
    event.text = warning;
    session.events().emit(event);
  }
  const std::string place = cat("on a ", origin.place == "file" ? "copied file" : origin.place);
  const std::string why = origin.because.empty() ? "" : cat(" (", origin.because, ")");
  if (origin.fill == Fill::kBackup) {
    session.say(
        cat("rehearsing ", place, ", filled from backup ", origin.backup, " of ", short_time(origin.backup_time), why));
  } else if (origin.fill == Fill::kSchema) {
    session.say(cat("rehearsing ", place, ", filled with the schema alone", why,
                    ": there are no rows, so durations and rows say little; locks and rewrites are as they will be"));
  } else {
    session.say(cat("rehearsing ", place, " of today", why));
  }
}

int show(Session& session, const RehearsalRecord& record, const std::string& path) {
  if (record.error) session.log_error(*record.error);
  if (session.json()) {
    session.output().document(record_json(record));
  } else {
    session.output().print(rehearsal_text(record));
  }
  if (record.error && !session.json()) {
    session.output().message(error_screen(session.advised(*record.error), session.screen_options()));
  }
  session.say(cat(record.error ? "recorded as failed: " : "recorded: ", path));
  return record.error ? exit_code(record.error->kind) : 0;
}

int show_nothing(Session& session, const Plan& plan) {
  if (session.json()) {
    session.output().document(
        Json::Object{{"plan", plan.hash}, {"passed", true}, {"error", Null{}}, {"steps", Json::List{}}});
  }
  session.say("nothing to rehearse: nothing is pending");
  return 0;
}

// As it is kept and shown: no secret that a script had in its SQL.
void redact(Session& session, RehearsalRecord& record) {
  if (record.error) {
    Error error = *record.error;
    error.message = session.redacted(error.message);
    record.error = std::make_shared<Error>(std::move(error));
  }
  for (RehearsedStep& step : record.steps) {
    for (RehearsedPass& pass : step.passes) {
      for (RehearsedStatement& statement : pass.statements) {
        statement.sql = session.redacted(statement.sql);
        statement.error = session.redacted(statement.error);
      }
    }
  }
}

using Records = std::vector<RehearsalRecord>;

Records load_records(Session& session) {
  return RehearsalStore(session.project().dir).load(session.environment().name);
}

}  // namespace

void offer_rehearsals(Session& session, EngineOptions& options) {
  options.estimate_of = [&session, records = std::shared_ptr<Records>()](const PlanStep& step) mutable {
    if (!records) records = std::make_shared<Records>(load_records(session));
    return estimate_of(step, *records);
  };
  options.gate_means.rehearsal = [&session](const Plan& plan) { return prove_rehearsed(plan, load_records(session)); };
}

int run_rehearse(Session& session) {
  const Args& args = session.args();
  if (args.has("VERSION") && args.has("count")) {
    throw Error(ErrorKind::kUsage, "VERSION and -n do not go together").advise("tide help rehearse");
  }
  const UpRequest up = request_of(args);
  const Plan plan = session.engine().plan(up);
  if (plan.steps.empty()) return show_nothing(session, plan);
  const ScratchCopy copy(copy_request(session));
  tell_origin(session, copy.origin());
  RehearsalRequest request;
  request.up = up;
  request.plan_hash = plan.hash;
  request.last_applied = session.engine().status().current;
  request.inspect_url = copy.inspect_url();
  request.down = !args.has("no-down");
  request.with_effects = args.has("with-effects");
  const std::string began = iso_time(now_ms());
  RehearsalRecord record = session.engine_on_copy(copy.url())->rehearse(request);
  record.rehearsed_at = began;
  record.tide_version = TIDE_VERSION;
  record.server_version = copy.origin().server_version;
  record.place = copy.origin().place;
  record.filled = fill_name(copy.origin().fill);
  record.backup = copy.origin().backup;
  record.backup_time = copy.origin().backup_time;
  redact(session, record);
  return show(session, record, RehearsalStore(session.project().dir).save(record));
}

}  // namespace tide
