#include "repl/commands.h"

#include <charconv>

#include "base/text.h"
#include "cli/session.h"
#include "cli/table.h"
#include "repl/bounds.h"
#include "repl/shell.h"
#include "sys/files.h"

namespace tide {
namespace {

using Vertical = ShellSettings::Vertical;

void show_help(Shell& shell, const std::string&, const std::string&) {
  Table table({"command", "does"});
  for (const ShellCommand& command : shell_commands()) {
    table.add({cat("\\", command.name, *command.argument ? " " : "", command.argument), command.help});
  }
  shell.print(table.text());
  shell.print(
      "\nEverything else is SQL up to its semicolon (or \\g, \\gx, \\watch), or Lua: db:query \"...\", "
      "inspect.diagnose(),\n"
      "x = 5. A line that begins with a blank is not kept in the history.\n");
}

void quit(Shell& shell, const std::string&, const std::string&) { shell.quit(); }

bool switched(const std::string& argument, bool now) {
  if (argument.empty()) return !now;
  if (argument == "on" || argument == "off") return argument == "on";
  throw Error(ErrorKind::kUsage, cat("on or off, not '", argument, "'"));
}

void set_vertical(Shell& shell, const std::string&, const std::string& argument) {
  Vertical& vertical = shell.settings().vertical;
  if (argument == "auto") {
    vertical = Vertical::kAuto;
  } else {
    vertical = switched(argument, vertical == Vertical::kOn) ? Vertical::kOn : Vertical::kOff;
  }
  shell.say(cat("expanded display: ", vertical == Vertical::kAuto ? "auto" : vertical == Vertical::kOn ? "on" : "off"));
}

void set_timing(Shell& shell, const std::string&, const std::string& argument) {
  bool& timing = shell.settings().timing;
  timing = switched(argument, timing);
  shell.say(cat("timing: ", timing ? "on" : "off"));
}

void set_limit(Shell& shell, const std::string&, const std::string& argument) {
  std::int64_t limit = 0;
  const char* end = argument.data() + argument.size();
  if (!argument.empty()) {
    const auto parsed = std::from_chars(argument.data(), end, limit);
    if (parsed.ec != std::errc() || parsed.ptr != end || limit < 0) {
      throw Error(ErrorKind::kUsage, cat("\\limit takes a number of rows, 0 for all; not '", argument, "'"));
    }
    shell.settings().limit = limit;
  }
  const std::int64_t now = shell.settings().limit;
  shell.say(now == 0 ? "limit: all rows" : cat("limit: ", now, " rows"));
}

void set_output(Shell& shell, const std::string&, const std::string& argument) {
  if (!argument.empty() && !is_directory(parent_directory(argument))) {
    throw Error(ErrorKind::kIo, cat("there is no folder ", parent_directory(argument)));
  }
  shell.settings().output_file = argument;
  shell.say(argument.empty() ? "results go to the terminal" : cat("results go to ", argument));
}

void include(Shell& shell, const std::string&, const std::string& argument) {
  if (argument.empty()) throw Error(ErrorKind::kUsage, "\\i takes a file: \\i file.sql or \\i file.lua");
  const std::string text = read_file(argument);
  shell.feed(text);
}

void show_connection(Shell& shell, const std::string&, const std::string&) {
  const ConnectionInfo& info = shell.connection().info();
  std::string text = cat(shell.session().environment().name, ": ", info.display, "\n", info.engine, " ", info.version);
  if (!info.user.empty()) text += cat(", as ", info.user);
  text += shell.connection().read_only() ? ", read-only" : ", read-write";
  shell.print(text + "\n");
}

void connect_again(Shell& shell, const std::string&, const std::string&) { shell.reconnect(); }

void watch_last(Shell& shell, const std::string&, const std::string& argument) {
  const std::int64_t ms = argument.empty() ? 2000 : parse_duration_ms(argument);
  if (ms <= 0) throw Error(ErrorKind::kUsage, cat("\\watch takes seconds, not '", argument, "'"));
  for (auto last = shell.done().rbegin(); last != shell.done().rend(); ++last) {
    if (last->kind == Input::Kind::kSql) return shell.watch(last->text, static_cast<double>(ms));
  }
  throw Error(ErrorKind::kUsage, "\\watch runs the last SQL again, and there was none");
}

void commit(Shell& shell, const std::string&, const std::string&) {
  if (!shell.leave().bounded()) throw Error(ErrorKind::kUsage, "\\commit ends a session that was opened with --write");
  shell.finish_transaction(true);
}

}  // namespace

const std::vector<ShellCommand>& shell_commands() {
  static const std::vector<ShellCommand> commands = {
      {"?", "", "this list", show_help},
      {"q", "", "leaves", quit},
      {"d", "[NAME]", "a table, view, index or sequence with its columns, indexes, constraints; without NAME: the list",
       describe_object},
      {"dt", "[PATTERN]", "tables; \\dt+ with sizes", list_objects},
      {"di", "[PATTERN]", "indexes; \\di+ with sizes and how often they are used", list_objects},
      {"dv", "[PATTERN]", "views", list_objects},
      {"dm", "[PATTERN]", "materialized views", list_objects},
      {"ds", "[PATTERN]", "sequences", list_objects},
      {"df", "[PATTERN]", "functions; \\df+ with their source", list_objects},
      {"dn", "[PATTERN]", "schemas", list_objects},
      {"du", "[PATTERN]", "roles", list_objects},
      {"dx", "[PATTERN]", "extensions", list_objects},
      {"l", "[PATTERN]", "databases; \\l+ with sizes", list_objects},
      {"x", "[on|off|auto]", "one value a line", set_vertical},
      {"timing", "[on|off]", "how long each line took", set_timing},
      {"limit", "[N]", "rows of a result that are shown; 0 = all", set_limit},
      {"watch", "[SECONDS]", "runs the last SQL again and again; also behind a statement", watch_last, true},
      {"i", "FILE", "runs a file, SQL or Lua", include},
      {"e", "[FILE]", "edits the last input in $EDITOR and runs it", edit_input},
      {"o", "[FILE]", "results go to FILE: .csv, .json, .md by its name; without FILE to the terminal again",
       set_output},
      {"copy", "QUERY|TABLE to FILE, TABLE from FILE", "rows to or from a local file: .csv, .json (out), .md (out)",
       copy_rows, true},
      {"explain", "SQL", "its plan as a tree, the slowest node marked; a query is run for it", explain_statement, true},
      {"chart", "[bar|line] SQL", "first column against the second", draw_chart, true},
      {"save", "FILE.lua", "this session's lines as a script; as a migration when the name begins with a version",
       save_script},
      {"conninfo", "", "where this session is connected", show_connection},
      {"c", "", "connects again", connect_again},
      {"commit", "", "--write: shows the changes and asks to keep them", commit},
  };
  return commands;
}

void run_shell_command(Shell& shell, const std::string& word, const std::string& argument) {
  std::string name = word;
  while (name.size() > 1 && (name.back() == '+' || name.back() == 'S')) name.pop_back();
  std::vector<std::string> names;
  for (const ShellCommand& command : shell_commands()) {
    if (name != command.name) {
      names.emplace_back(command.name);
      continue;
    }
    std::string trimmed = argument;
    while (!trimmed.empty() && (trimmed.back() == ';' || trimmed.back() == ' ')) trimmed.pop_back();
    if (!command.sends_sql) return command.run(shell, word, trimmed);
    BoundedInput bounded(shell.connection(), shell.leave());
    command.run(shell, word, trimmed);
    return bounded.keep();
  }
  const std::string near = nearest(name, names);
  throw Error(ErrorKind::kUsage, cat("there is no command \\", word,
                                     near.empty() ? "" : cat("; did you mean \\", near, "?"), " \\? lists them"));
}

}  // namespace tide
