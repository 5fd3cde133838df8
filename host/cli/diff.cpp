#include "cli/commands.h"
#include "cli/schema_gap.h"
#include "cli/session.h"

namespace tide {

int run_diff(Session& session) {
  const Args& args = session.args();
  SnapshotOptions options;
  options.grants = args.has("grants");
  const NamedSchema a = find_schema(session, args.text("A"), options);
  const NamedSchema b = find_schema(session, args.text("B"), options);
  return show_differences(session, a, b);
}

}  // namespace tide
