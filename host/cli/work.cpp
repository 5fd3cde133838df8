#include "cli/work.h"

#include <cstdlib>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/find_script.h"
#include "cli/protection.h"
#include "cli/runs.h"
#include "cli/session.h"
#include "db/mask.h"
#include "lua/script.h"
#include "sys/files.h"
#include "sys/process_identity.h"

namespace tide {

namespace {

constexpr const char* kOwnProgram = "/proc/self/exe";

// Another tide for the same database, as this one was called. The URL may hold a password: it goes by the environment,
// which other users cannot read.
Command worker_command(Session& session, std::int64_t run) {
  const Args& args = session.args();
  Command command;
  command.argv = {kOwnProgram, "work", std::to_string(run), "--quiet"};
  command.inherit_env = true;
  for (const char* name : {"env", "project", "stdlib", "memory-limit", "confirm"}) {
    if (!args.has(name)) continue;
    command.argv.push_back(cat("--", name));
    command.argv.push_back(args.text(name));
  }
  command.env.emplace_back("TIDE_WORKER_OF", own_process_identity());
  if (args.has("url")) command.env.emplace_back("TIDE_URL", args.text("url"));
  for (const auto& [name, value] : session.settings()) {
    command.argv.push_back("--set");
    command.argv.push_back(cat(name, "=", value));
  }
  if (!args.has("ARGS")) return command;
  command.argv.push_back("--");
  for (const std::string& argument : args.texts("ARGS")) command.argv.push_back(argument);
  return command;
}

std::string text_of(const Json& report, const std::string& name) {
  const Json* found = report.find(name);
  const auto* text = found ? std::get_if<std::string>(&found->data) : nullptr;
  return text ? *text : "";
}

}  // namespace

WorkContext work_context(Session& session) {
  WorkContext context;
  context.who = system_user();
  context.host = system_host();
  if (std::string(session.args().command->name) == "work") context.joins = run_number(session);
  context.masked = [&session](const std::string& table, const std::string& column) {
    return Mask(session.environment().masked).names(table, column);
  };
  context.worker = [&session](std::int64_t run) { return worker_command(session, run); };
  return context;
}

int run_work(Session& session) {
  ask_leave_to_change(session);
  const Json what = call_data_command(session, "script", run_number(session));
  const std::string version = text_of(what, "version");
  if (!version.empty()) {
    session.engine().join(version);
  } else {
    const std::string path = find_script(text_of(what, "script"), session.project());
    session.engine().join(
        Script{shown_path(path), read_file(path), session.args().texts("ARGS"), session.settings(), nullptr});
  }
  if (session.json()) session.output().document(call_data_command(session, "show", run_number(session)));
  session.say(cat("nothing of run ", run_number(session), " is left to do"));
  return 0;
}

}  // namespace tide
