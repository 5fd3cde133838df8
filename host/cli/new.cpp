#include <ctime>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/new_name.h"
#include "cli/session.h"
#include "cli/templates.h"
#include "migrate/file_name.h"
#include "sys/files.h"

namespace tide {
namespace {

std::string template_text(const Args& args, const std::string& title) {
  if (args.has("sql")) return sql_template(title);
  return args.has("data") ? data_template(title) : lua_template(title);
}

// Into the folder for scripts; a script has no version, and one that is there is kept.
int new_runbook(Session& session) {
  const std::string name = snake_case(session.args().text("NAME"));
  const std::string directory = absolute_path(session.project().config.scripts, session.project().dir);
  const std::string path = cat(directory, "/", name, ".lua");
  if (is_file(path)) throw Error(ErrorKind::kUsage, cat(shown_path(path), " is there already"));
  make_directories(directory);
  write_file(path, runbook_template(join(split(name, '_'), " ")));
  if (session.json())
    session.output().document(Json::Object{{"name", name}, {"path", shown_path(path)}});
  else
    session.output().print(shown_path(path) + "\n");
  return 0;
}

}  // namespace

int run_new(Session& session) {
  const Args& args = session.args();
  if (args.has("runbook")) {
    if (args.has("sql") || args.has("data")) {
      throw Error(ErrorKind::kUsage, "--runbook goes without --data and --sql").advise("tide help new");
    }
    return new_runbook(session);
  }
  if (args.has("sql") && args.has("data")) {
    throw Error(ErrorKind::kUsage, "--data and --sql do not go together").advise("tide help new");
  }
  const std::string name = snake_case(args.text("NAME"));
  const std::string directory = absolute_path(session.project().config.migrations, session.project().dir);
  make_directories(directory);
  const std::string version = next_version(versions_in(directory), std::time(nullptr));
  const std::string path = cat(directory, "/", version, "_", name, args.has("sql") ? ".sql" : ".lua");
  write_file(path, template_text(args, join(split(name, '_'), " ")));
  const std::string shown = shown_path(path);
  if (session.json())
    session.output().document(Json::Object{{"version", version}, {"name", name}, {"path", shown}});
  else
    session.output().print(shown + "\n");
  return 0;
}

}  // namespace tide
