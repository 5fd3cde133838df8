#include "base/text.h"
#include "cli/commands.h"
#include "cli/help.h"
#include "cli/session.h"

namespace tide {

int run_help(Session& session) {
  const std::string topic = session.args().text("COMMAND");
  if (topic.empty()) return session.output().print(overview(session.line())), 0;
  const CommandRow* command = session.line().find(topic);
  if (!command) throw unknown_command(topic, session.line());
  session.output().print(command_help(session.line(), *command));
  return 0;
}

}  // namespace tide
