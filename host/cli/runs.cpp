#include "cli/runs.h"

#include <charconv>
#include <optional>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/protection.h"
#include "cli/session.h"
#include "cli/table.h"
#include "lua/script.h"

namespace tide {

namespace {

std::string text_at(const Json& object, const char* name) {
  const Json* found = object.find(name);
  if (found == nullptr) return "";
  if (const auto* text = std::get_if<std::string>(&found->data)) return *text;
  if (const auto* number = std::get_if<std::int64_t>(&found->data)) return grouped(*number);
  return "";
}

std::int64_t number_at(const Json& object, const char* name) {
  const Json* found = object.find(name);
  const auto* number = found ? std::get_if<std::int64_t>(&found->data) : nullptr;
  return number ? *number : 0;
}

const Json::List& list_at(const Json& object, const char* name) {
  static const Json::List kNone;
  const Json* found = object.find(name);
  const auto* list = found ? std::get_if<Json::List>(&found->data) : nullptr;
  return list ? *list : kNone;
}

std::string state_text(const Json& run) {
  const std::string paused = text_at(run, "paused"), waiting = text_at(run, "waiting");
  if (!paused.empty()) return cat(text_at(run, "state"), ", paused by ", paused);
  return waiting.empty() ? text_at(run, "state") : cat(text_at(run, "state"), ", waiting");
}

std::string runs_text(const Json& report) {
  const Json::List& runs = list_at(report, "runs");
  if (runs.empty()) return "no data fix has run yet\n";
  Table table({"run", "script", "table", "state", "rows", "changed", "conflicts", "failed", "workers", "began (UTC)"});
  for (const int column : {0, 4, 5, 6, 7, 8}) table.align_right(static_cast<std::size_t>(column));
  for (const Json& run : runs) {
    const std::string rows = cat(text_at(run, "rows"), "/", text_at(run, "total"));
    table.add({std::to_string(number_at(run, "run")), text_at(run, "script"), text_at(run, "table"), state_text(run),
               rows, text_at(run, "changed"), text_at(run, "conflicts"), text_at(run, "errors"),
               text_at(run, "workers"), short_time(text_at(run, "began_at"))});
  }
  return table.text();
}

std::string run_text(const Json& run) {
  Table table({"", ""});
  for (const char* name :
       {"run", "script", "table", "state", "paused", "waiting", "rows", "total", "changed", "conflicts", "errors",
        "restored", "workers", "who", "host", "began_at", "ended_at", "error"}) {
    const std::string text = text_at(run, name);
    if (!text.empty()) table.add({name, text});
  }
  std::string text = table.text();
  text.erase(0, text.find('\n') + 1);
  for (const Json& row : list_at(run, "failed_rows")) {
    text += cat("failed: ", text_at(row, "key"), ": ", text_at(row, "message"), "\n");
  }
  return text;
}

std::optional<std::int64_t> run_given(Session& session) {
  const std::string text = session.args().text("RUN");
  if (text.empty()) return std::nullopt;
  std::int64_t run = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), run);
  if (failure == std::errc() && end == text.data() + text.size() && run > 0) return run;
  throw Error(ErrorKind::kUsage, cat("'", text, "' is no run of a data fix: those have numbers")).advise("tide runs");
}

int show(Session& session, const Json& report, const std::string& text) {
  session.json() ? session.output().document(report) : session.output().print(text);
  return 0;
}

int purge(Session& session) {
  if (run_given(session)) throw Error(ErrorKind::kUsage, "--purge is of all runs: it takes no RUN");
  std::vector<std::int64_t> age;
  if (session.args().has("older-than")) age.push_back(session.args().duration_ms("older-than", 0));
  ask_leave_to_change(session);
  const Json report = call_data_command(session, "purge", age);
  const auto count = static_cast<std::int64_t>(list_at(report, "purged").size());
  return show(session, report, cat("the before-images of ", counted(count, "run"), " were dropped\n"));
}

}  // namespace

std::int64_t run_number(Session& session) {
  if (const auto run = run_given(session)) return *run;
  throw Error(ErrorKind::kUsage, "the number of a run is missing").advise("tide runs");
}

Json call_data_command(Session& session, const std::string& name, const std::vector<std::int64_t>& arguments) {
  Script script;
  script.name = cat("tide ", session.args().command->name);
  script.text = cat("return require('tide.data').commands.", name, "(db");
  for (const std::int64_t argument : arguments) script.text += cat(", ", argument);
  script.text += ")";
  script.connect = [&session] { return session.engine().script_connection(); };
  return run_script(session.engine().lua(), script).value.value_or(Json());
}

Json call_data_command(Session& session, const std::string& name, std::int64_t run) {
  return call_data_command(session, name, std::vector<std::int64_t>{run});
}

int run_runs(Session& session) {
  const auto run = run_given(session);
  if (session.args().has("purge")) return purge(session);
  if (session.args().has("older-than"))
    throw Error(ErrorKind::kUsage, "--older-than says what --purge takes: it needs it");
  if (session.args().has("abandon")) {
    ask_leave_to_change(session);
    const std::int64_t number = run_number(session);
    return show(session, call_data_command(session, "abandon", number), cat("run ", number, " will not go on\n"));
  }
  if (!run) {
    const Json report = call_data_command(session, "list", std::vector<std::int64_t>());
    return show(session, report, runs_text(report));
  }
  const Json report = call_data_command(session, "show", *run);
  return show(session, report, run_text(report));
}

int run_pause(Session& session) {
  const std::int64_t run = run_number(session);
  return show(session, call_data_command(session, "pause", run),
              cat("run ", run, " waits after the batches under way; tide resume ", run, " lets it go on\n"));
}

int run_resume(Session& session) {
  const std::int64_t run = run_number(session);
  return show(session, call_data_command(session, "resume", run), cat("run ", run, " may go on\n"));
}

int run_undo(Session& session) {
  ask_leave_to_change(session);
  const Json report = call_data_command(session, "undo", run_number(session));
  const std::string text = cat(text_at(report, "restored"), " rows restored, ", text_at(report, "kept"), " left\n");
  return show(session, report, text);
}

}  // namespace tide
