#include <chrono>
#include <memory>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/find_script.h"
#include "cli/json_report.h"
#include "cli/protection.h"
#include "cli/recorded_text.h"
#include "cli/session.h"
#include "db/drivers.h"
#include "lua/run_journal.h"
#include "lua/script.h"
#include "sys/files.h"
#include "sys/process_identity.h"
#include "sys/terminal.h"

namespace tide {
namespace {

using Clock = std::chrono::steady_clock;

// What happened, as events for the console and the log, and as the report at the end.
class Run {
 public:
  Run(Session& session, Script script) : session_(session), script_(std::move(script)) {
    report_.script = script_.name;
    report_.environment = session.environment().name;
    report_.dry_run = session.args().has("dry-run");
    script_.connect = [this] { return connection_ = session_.engine().script_connection(); };
  }

  const ScriptReport& report() const { return report_; }

  void execute() {
    if (report_.dry_run) rehearse();
    const auto began = Clock::now();
    try {
      ScriptResult result = run_script(session_.engine().lua(), script_);
      report_.result = std::move(result.value);
      report_.runbook = result.runbook;
      refuse_open_transaction();
    } catch (const Error& error) {
      auto failure = std::make_shared<Error>(error);
      if (report_.dry_run) failure->note_done("nothing of this dry run was kept");
      note_checkpoint(*failure);
      report_.error = std::move(failure);
    }
    report_.ms = std::chrono::duration<double, std::milli>(Clock::now() - began).count();
    finish();
  }

 private:
  void rehearse() {
    session_.engine().set_dry_run(true);
    session_.events().add([this](const Event& event) {
      const bool kept = event.kind == Event::Kind::kStatementDone || event.kind == Event::Kind::kEffect;
      if (kept && !event.internal) report_.recorded.push_back(event);
    });
  }

  // Closing the session would throw the work away without a word.
  void refuse_open_transaction() const {
    if (report_.dry_run || !connection_ || connection_->transaction_state() == TransactionState::kIdle) return;
    throw Error(ErrorKind::kLua,
                "the script left a transaction open, which was rolled back: COMMIT it, or better let "
                "db:transaction end it")
        .at(script_.name);
  }

  void note_checkpoint(Error& failure) const {
    if (report_.dry_run || !failure.done.empty() || !session_.engine().lua().at_checkpoint()) return;
    failure.note_done("the data fix stands at its checkpoint: what is done of it stays, and the script goes on there")
        .advise("tide runs   shows how far it is");
  }

  void finish() {
    if (connection_) {
      report_.statements = connection_->statements();
      report_.rows = connection_->rows();
      if (report_.dry_run) connection_->rollback();
    }
    Event event{report_.error ? Event::Kind::kStepFailed : Event::Kind::kStepDone};
    event.name = script_.name;
    event.direction = "run";
    event.state = report_.dry_run ? "recorded" : "done";
    event.ms = report_.ms;
    event.statements = report_.statements;
    event.rows = report_.rows;
    event.error = report_.error;
    session_.events().emit(event);
  }

  Session& session_;
  Script script_;
  ScriptReport report_;
  std::shared_ptr<Connection> connection_;
};

// Of a runbook the id of its run, which `tide report` takes.
std::string result_text(const ScriptReport& report) {
  const Json& result = report.runbook ? *report.result->find("run") : *report.result;
  const auto* text = std::get_if<std::string>(&result.data);
  return cat(text ? *text : dump_json(result, 2), "\n");
}

int show(Session& session, ScriptReport report) {
  if (report.error) {
    session.log_error(*report.error);
    report.error = std::make_shared<Error>(session.advised(*report.error));
  }
  Output& output = session.output();
  if (session.json()) {
    output.document(script_json(report));
  } else {
    for (const Event& event : report.recorded) output.print(recorded_text(event));
    if (report.result) output.print(result_text(report));
    if (report.error) output.message(error_screen(*report.error, session.screen_options()));
    if (report.dry_run && !report.error) session.say("rolled back: nothing of this was kept");
  }
  return report.error ? exit_code(report.error->kind) : 0;
}

Json list_of_words(const std::string& text) {
  Json::List list;
  for (const std::string& word : split(text, ',')) {
    if (!trim(word).empty()) list.push_back(std::string(trim(word)));
  }
  return list;
}

// What a runbook needs to know of this call; flags that were not given are missing.
Json runbook_request(Session& session) {
  const Args& args = session.args();
  Json::Object request{{"who", system_user()},
                       {"host", system_host()},
                       {"process", own_process_identity()},
                       {"version", TIDE_VERSION},
                       {"environment", session.environment().name},
                       {"protected", session.environment().is_protected},
                       {"url", display_url(session.environment().url)},
                       {"person", has_person()},
                       {"dry_run", args.has("dry-run")},
                       {"accept_edited", args.has("accept-edited")}};
  for (const char* name : {"resume", "revert", "from"}) {
    if (args.has(name)) request.emplace_back(name, args.text(name));
  }
  if (args.has("on-failure")) request.emplace_back("on_failure", args.text("on-failure"));
  if (args.has("tags")) request.emplace_back("tags", list_of_words(args.text("tags")));
  if (args.has("skip-tags")) request.emplace_back("skip_tags", list_of_words(args.text("skip-tags")));
  return request;
}

Script script_of(Session& session) {
  const std::string path = find_script(session.args().text("SCRIPT"), session.project());
  return {shown_path(path),   read_file(path), session.args().texts("ARGS"),
          session.settings(), nullptr,         runbook_request(session)};
}

}  // namespace

int run_run(Session& session) {
  Script script = script_of(session);
  if (!session.args().has("dry-run")) ask_leave_to_change(session);
  session.events().add([journal = session.journal()](const Event& event) { journal->read(event); });
  Run run(session, std::move(script));
  run.execute();
  return show(session, run.report());
}

}  // namespace tide
