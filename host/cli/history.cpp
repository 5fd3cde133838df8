#include "base/text.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/json_report.h"
#include "cli/session.h"
#include "cli/table.h"

namespace tide {
namespace {

// Each line of a session at the prompt: shown when asked for.
bool is_line(const HistoryEvent& event) { return event.event == "repl line"; }

std::string history_text(const std::vector<HistoryEvent>& events, bool lines) {
  if (events.empty()) return "nothing has happened yet\n";
  Table table({"at (UTC)", "event", "version", "name", "who", "duration", "detail"});
  table.align_right(5);
  for (const HistoryEvent& event : events) {
    if (is_line(event) && !lines) continue;
    const std::string who = event.host.empty() ? event.who : cat(event.who, "@", event.host);
    const std::string duration = event.duration_ms > 0 ? whole_ms(event.duration_ms) : "";
    table.add({short_time(event.at), event.event, event.version, event.name, who, duration, event.detail});
  }
  return table.text();
}

}  // namespace

int run_history(Session& session) {
  const std::vector<HistoryEvent> events = session.engine().history();
  if (session.json()) {
    session.output().document(history_json(session.environment().name, events));
  } else {
    session.output().print(history_text(events, session.args().has("verbose")));
  }
  return 0;
}

}  // namespace tide
