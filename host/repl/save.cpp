#include "base/text.h"
#include "cli/session.h"
#include "repl/commands.h"
#include "repl/shell.h"
#include "sys/files.h"

namespace tide {
namespace {

// A long bracket that the text does not hold.
std::string lua_string(const std::string& text) {
  std::string level;
  while (text.find(cat("]", level, "]")) != std::string::npos) level += "=";
  return cat("[", level, "[", text, "]", level, "]");
}

std::string line_of(const Done& done, Dialect dialect) {
  if (done.kind == Input::Kind::kLua) return done.text + "\n";
  const bool rows = classify_sql(done.text, dialect).returns_rows;
  return cat(rows ? "db:query " : "db:execute ", lua_string(done.text), "\n");
}

std::string script_of(Shell& shell, const std::string& path) {
  std::string text = cat("-- A session on ", shell.session().environment().name,
                         ", as it was typed. Run it with: tide run ", path, "\n");
  for (const Done& done : shell.done()) text += line_of(done, shell.dialect());
  return text;
}

// What only looked is left out.
std::string migration_of(Shell& shell) {
  std::string text = cat("-- From a session on ", shell.session().environment().name,
                         ". Names that were assigned there need `local` here.\nreturn {\n  description = \"\",\n"
                         "  up = function(db)\n");
  for (const Done& done : shell.done()) {
    const bool looks = done.kind == Input::Kind::kSql && classify_sql(done.text, shell.dialect()).returns_rows;
    if (!looks) text += cat("    ", line_of(done, shell.dialect()));
  }
  return text + "  end,\n  down = irreversible \"written at a prompt: say here how it is undone\",\n}\n";
}

bool is_version(const std::string& path) {
  const std::string name = base_name(path);
  return !name.empty() && name.front() >= '0' && name.front() <= '9';
}

}  // namespace

void save_script(Shell& shell, const std::string&, const std::string& argument) {
  if (!ends_with(argument, ".lua"))
    throw Error(ErrorKind::kUsage, "\\save takes the name of a Lua file: \\save fix.lua");
  if (is_file(argument)) throw Error(ErrorKind::kUsage, cat(argument, " is there already"));
  const std::string text = is_version(argument) ? migration_of(shell) : script_of(shell, argument);
  write_file(argument, shell.session().redacted(text));
  shell.say(cat(argument, ": ", shell.done().size(), shell.done().size() == 1 ? " line" : " lines"));
}

}  // namespace tide
