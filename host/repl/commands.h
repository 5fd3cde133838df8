#pragma once

#include <string>
#include <vector>

namespace tide {

class Shell;

// A backslash command. Help, completion and tests read these rows.
struct ShellCommand {
  const char* name;      // "dt"; a "+" behind it is passed on as part of `word`
  const char* argument;  // as help shows it
  const char* help;      // one line, no full stop
  void (*run)(Shell& shell, const std::string& word, const std::string& argument);
  bool sends_sql = false;  // of the person's: in a session that is one transaction it runs inside of that
};
const std::vector<ShellCommand>& shell_commands();

// kUsage, naming the nearest one, for a command that there is not.
void run_shell_command(Shell& shell, const std::string& word, const std::string& argument);

// One file each.
void describe_object(Shell& shell, const std::string& word, const std::string& argument);  // \d
void list_objects(Shell& shell, const std::string& word, const std::string& argument);     // \dt \di ...
void explain_statement(Shell& shell, const std::string& word, const std::string& argument);
void draw_chart(Shell& shell, const std::string& word, const std::string& argument);
void copy_rows(Shell& shell, const std::string& word, const std::string& argument);
void save_script(Shell& shell, const std::string& word, const std::string& argument);
void edit_input(Shell& shell, const std::string& word, const std::string& argument);

}  // namespace tide
