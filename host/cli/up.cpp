#include "base/text.h"
#include "cli/commands.h"
#include "cli/protection.h"
#include "cli/run_report.h"
#include "cli/session.h"

namespace tide {
namespace {

Error both(const char* command, const char* one, const char* other) {
  return Error(ErrorKind::kUsage, cat(one, " and ", other, " do not go together")).advise(cat("tide help ", command));
}

std::string up_to_date(Session& session) {
  return cat("nothing to apply: ", session.environment().name, " is up to date");
}

// `--plan "$HASH"` with HASH unset would otherwise run what nobody approved.
std::string approved_hash(const Args& args) {
  const std::string hash = args.text("plan");
  if (args.has("plan") && hash.empty()) {
    throw Error(ErrorKind::kUsage, "--plan is empty: it takes the hash that `tide plan` prints");
  }
  return hash;
}

}  // namespace

int run_up(Session& session) {
  const Args& args = session.args();
  if (args.has("VERSION") && args.has("count")) throw both("up", "VERSION", "-n");
  UpRequest request;
  request.target = args.text("VERSION");
  request.count = args.positive("count", 0);
  request.single_transaction = args.has("single-transaction");
  request.allow_out_of_order = args.has("allow-out-of-order");
  request.plan_hash = approved_hash(args);
  ask_leave_to_change(session);
  const RunReport report = session.engine().up(request);
  return show_run(session, report, run_summary(report, up_to_date(session)));
}

int run_down(Session& session) {
  const Args& args = session.args();
  if (args.has("to") && args.has("count")) throw both("down", "--to", "-n");
  DownRequest request;
  request.to = args.text("to");
  request.count = args.positive("count", 1);
  ask_leave_to_change(session);
  const RunReport report = session.engine().down(request);
  return show_run(session, report, run_summary(report, "nothing to revert"));
}

int run_redo(Session& session) {
  ask_leave_to_change(session);
  const RunReport report = session.engine().redo();
  return show_run(session, report, run_summary(report, "nothing to redo"));
}

}  // namespace tide
