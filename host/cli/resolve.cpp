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

const Choice& chosen(const Args& args) {
  const Choice* found = nullptr;
  int given = 0;
  for (const Choice& choice : kChoices) {
    if (!args.has(choice.option)) continue;
    found = &choice;
    ++given;
  }
  if (given == 1) return *found;
  throw Error(ErrorKind::kUsage,
              cat("resolve needs ", given == 0 ? "" : "only ", "one of --applied, --reverted and --retry"))
      .advise("tide help resolve");
}

}  // namespace

int run_resolve(Session& session) {
  const Args& args = session.args();
  const Choice& choice = chosen(args);
  const std::string reason(trim(args.text("reason")));
  if (reason.empty()) {
    throw Error(ErrorKind::kUsage, "resolve needs --reason TEXT: why the history is corrected")
        .advise("tide help resolve");
  }
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
