#include "base/text.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/json_report.h"
#include "cli/protection.h"
#include "cli/session.h"

namespace tide {

int run_baseline(Session& session) {
  ask_leave_to_change(session);
  const std::vector<std::string> versions = session.engine().baseline(session.args().text("VERSION"));
  if (session.json()) {
    session.output().document(baseline_json(session.environment().name, versions));
    return 0;
  }
  for (const std::string& version : versions) session.output().print(version + "\n");
  session.say(
      cat(counted(static_cast<std::int64_t>(versions.size()), "version"), " recorded as applied; nothing was run"));
  return 0;
}

}  // namespace tide
