#include "cli/commands.h"
#include "repl/access.h"
#include "repl/shell.h"

namespace tide {

int run_repl(Session& session) {
  Leave leave = choose_access(session);
  Shell(session, std::move(leave)).run();
  return 0;
}

}  // namespace tide
