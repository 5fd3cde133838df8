#include "base/text.h"
#include "cli/commands.h"
#include "cli/json_report.h"
#include "cli/session.h"
#include "cli/table.h"

namespace tide {
namespace {

std::string history_text(const std::vector<HistoryEvent>& events) {
  if (events.empty()) return "nothing has happened yet\n";
  Table table({"at (UTC)", "event", "version", "name", "who", "duration", "detail"});
  table.align_right(5);
  for (const HistoryEvent& event : events) {
    const std::string who = event.host.empty() ? event.who : cat(event.who, "@", event.host);
    const std::string duration = event.duration_ms > 0 ? human_duration(static_cast<double>(event.duration_ms)) : "";
    table.add({event.at, event.event, event.version, event.name, who, duration, event.detail});
  }
  return table.text();
}

}  // namespace

int run_history(Session& session) {
  const std::vector<HistoryEvent> events = session.engine().history();
  if (session.json()) {
    session.output().document(history_json(session.environment().name, events));
  } else {
    session.output().print(history_text(events));
  }
  return 0;
}

}  // namespace tide
