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

}  // namespace

// Lines of Lua share a chunk there, and names that were made at the prompt are locals of the file.
void save_script(Shell& shell, const std::string&, const std::string& argument) {
  if (!ends_with(argument, ".lua"))
    throw Error(ErrorKind::kUsage, "\\save takes the name of a Lua file: \\save fix.lua");
  if (is_file(argument)) throw Error(ErrorKind::kUsage, cat(argument, " is there already"));
  std::string text = cat("-- A session on ", shell.session().environment().name,
                         ", as it was typed. Run it with: tide run ", argument, "\n");
  for (const Done& done : shell.done()) text += line_of(done, shell.dialect());
  write_file(argument, shell.session().redacted(text));
  shell.say(cat(argument, ": ", shell.done().size(), " lines"));
}

}  // namespace tide
