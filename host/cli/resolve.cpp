#include "base/text.h"
#include "cli/commands.h"
#include "cli/json_report.h"
#include "cli/protection.h"
#include "cli/session.h"

namespace tide {
namespace {

struct Choice {
  const char* option;
  Resolution resolution;
  const char* outcome;
};

constexpr Choice kChoices[] = {
    {"applied", Resolution::kApplied, "is recorded as applied"},
    {"reverted", Resolution::kReverted, "is recorded as not applied"},
    {"retry", Resolution::kRetry, "will be run by the next `tide up`"},
};

Error unusable(const std::string& message) { return Error(ErrorKind::kUsage, message).advise("tide help resolve"); }

std::string given_reason(const Args& args) {
  std::string reason(trim(args.text("reason")));
  if (reason.empty()) throw unusable("resolve needs --reason TEXT: why the history is corrected");
  return reason;
}

const Choice& chosen(const Args& args) {
  const Choice* found = nullptr;
  int given = 0;
  for (const Choice& choice : kChoices) {
    if (!args.has(choice.option)) continue;
    found = &choice;
    ++given;
  }
  if (given == 1) return *found;
  throw unusable(cat("resolve needs ", given == 0 ? "" : "only ", "one of --applied, --reverted and --retry"));
}

int resolve_environment(Session& session) {
  const Args& args = session.args();
  for (const char* other : {"VERSION", "applied", "reverted", "retry"}) {
    if (args.has(other)) throw unusable("--was corrects the environment's name, not a version");
  }
  const std::string was = args.text("was");
  const std::string reason = given_reason(args);
  const Environment& environment = session.environment();
  const std::string& name = environment.alias_of.empty() ? environment.name : environment.alias_of;
  if (!session.environment().named) throw unusable("--was needs to know the environment's name of today: -e NAME");
  ask_leave_to_change(session);
  const bool renamed = session.engine().rename_environment(was, reason);
  if (session.json()) {
    session.output().document(renamed_json(name, was, reason));
  } else {
    session.say(cat("the database belongs to environment ", name, renamed ? " from now on" : " already"));
  }
  return 0;
}

}  // namespace

int run_resolve(Session& session) {
  const Args& args = session.args();
  if (args.has("was")) return resolve_environment(session);
  if (!args.has("VERSION")) throw unusable("resolve needs the VERSION that is to be corrected");
  const Choice& choice = chosen(args);
  const std::string reason = given_reason(args);
  ask_leave_to_change(session);
  const std::string version = session.engine().resolve(args.text("VERSION"), choice.resolution, reason);
  if (session.json()) {
    session.output().document(resolve_json(session.environment().name, version, choice.option, reason));
  } else {
    session.say(cat(version, " ", choice.outcome));
  }
  return 0;
}

}  // namespace tide
