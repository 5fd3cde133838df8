#include "cli/commands.h"
#include "cli/run_report.h"
#include "cli/session.h"

namespace tide {

int run_verify(Session& session) {
  const RunReport report = session.engine().verify(session.args().text("VERSION"));
  return show_run(session, report, run_summary(report, "nothing to verify"));
}

}  // namespace tide
