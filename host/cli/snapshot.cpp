#include <utility>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/schema_source.h"
#include "cli/session.h"
#include "sys/files.h"

namespace tide {

int run_snapshot(Session& session) {
  const Args& args = session.args();
  SnapshotOptions options;
  options.grants = args.has("grants");
  NamedSchema schema = own_schema(session, options);
  const std::string file = args.text("FILE");
  if (!file.empty()) write_file(file, snapshot_text(schema.snapshot));
  if (file.empty() && session.json()) {
    session.output().document(schema.snapshot);
  } else if (file.empty()) {
    session.output().print(snapshot_text(std::move(schema.snapshot)));
  } else if (session.json()) {
    session.output().document(Json::Object{{"path", file}, {"digest", snapshot_digest(schema.snapshot)}});
  } else {
    session.say(cat("the schema of ", schema.name, " stands in ", file));
  }
  return 0;
}

}  // namespace tide
