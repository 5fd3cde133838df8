#include "cli/schema_gap.h"

#include <ctime>

#include "base/text.h"
#include "cli/console.h"
#include "cli/new_name.h"
#include "cli/session.h"
#include "cli/width.h"
#include "migrate/file_name.h"
#include "schema/describe.h"
#include "schema/diff.h"
#include "schema/gap_script.h"
#include "sys/files.h"

namespace tide {
namespace {

std::string save(Session& session, const std::string& text) {
  const std::string name = snake_case(session.args().text("write"));
  const std::string directory = absolute_path(session.project().config.migrations, session.project().dir);
  make_directories(directory);
  const std::string path =
      cat(directory, "/", next_version(versions_in(directory), std::time(nullptr)), "_", name, ".lua");
  write_file(path, text);
  return shown_path(path);
}

std::string command_text(const Session& session, const SchemaSides& sides) {
  const std::string name = session.args().command->name;
  const std::string ends = name == "diff" ? cat(" ", sides.a, " ", sides.b) : "";
  return cat("tide ", name, ends, " --write ", session.args().text("write"));
}

struct Written {
  std::string path;  // empty: nothing was written
  std::vector<std::string> unwritten;
};

Written write(Session& session, const NamedSchema& a, const NamedSchema& b, const SchemaSides& sides) {
  const GapScript script = write_gap_script(a.snapshot, b.snapshot, sides, command_text(session, sides));
  return {save(session, script.text), script.unwritten};
}

void say_written(Session& session, const Written& written) {
  if (written.path.empty()) return;
  session.say(cat("wrote ", written.path));
  for (const std::string& sentence : written.unwritten) session.output().message(cat("not written: ", sentence, "\n"));
  if (!written.unwritten.empty()) session.output().message("its `up` refuses to run until that is added\n");
}

Json side_json(const NamedSchema& side) {
  return Json::Object{{"name", side.name}, {"digest", snapshot_digest(side.snapshot)}};
}

Json document(const NamedSchema& a, const NamedSchema& b, const Json& differences, const Written& written) {
  Json::Object out = {{"a", side_json(a)}, {"b", side_json(b)}, {"differences", differences}};
  if (!written.path.empty()) {
    out.emplace_back("written", written.path);
    out.emplace_back("unwritten", Json::List(written.unwritten.begin(), written.unwritten.end()));
  }
  return out;
}

}  // namespace

int show_differences(Session& session, const NamedSchema& a, const NamedSchema& b) {
  const SchemaSides sides{a.name, b.name};
  const std::vector<SchemaChange> changes = diff_snapshots(a.snapshot, b.snapshot);
  Written written;
  if (session.args().has("write") && !changes.empty()) written = write(session, a, b, sides);
  if (session.json()) {
    session.output().document(document(a, b, differences_json(changes, sides), written));
  } else {
    std::string text;
    for (const SchemaChange& change : changes) text += printable(describe(change, sides)) + "\n";
    session.output().print(text);
    session.say(changes.empty() ? cat(a.name, " and ", b.name, " have the same schema")
                                : counted(static_cast<std::int64_t>(changes.size()), "difference"));
    say_written(session, written);
  }
  return changes.empty() ? 0 : exit_code(ErrorKind::kPending);
}

}  // namespace tide
