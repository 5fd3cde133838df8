#include "cli/help.h"

#include <algorithm>

#include "base/text.h"
#include "cli/width.h"

namespace tide {
namespace {

constexpr const char* kExitCodes =
    "exit codes:\n"
    "  0 done   1 failed   2 usage or configuration   3 no connection, or the lock was not obtained\n"
    "  4 a verification failed   5 pending or problems found   6 refused by a gate or protection   130 interrupted\n";

struct Entry {
  std::string term;
  std::string text;
};

std::string listed(const std::string& title, const std::vector<Entry>& entries) {
  if (entries.empty()) return "";
  int width = 0;
  for (const Entry& entry : entries) width = std::max(width, display_width(entry.term));
  std::string out = title + "\n";
  for (const Entry& entry : entries) out += cat("  ", pad(entry.term, width), "  ", entry.text, "\n");
  return out;
}

std::vector<Entry> entries_of(const std::vector<Option>& options) {
  std::vector<Entry> entries;
  for (const Option& option : options) {
    const std::string letter = option.letter ? cat("-", option.letter, ", ") : "    ";
    const std::string argument = *option.argument ? cat(" ", option.argument) : "";
    entries.push_back({cat(letter, "--", option.name, argument), option.help});
  }
  return entries;
}

}  // namespace

std::string overview(const CommandLine& line) {
  std::vector<Entry> commands;
  for (const CommandRow& command : line.commands) commands.push_back({command.name, command.summary});
  return cat("tide: database migrations as Lua scripts\n\nusage: tide [options] COMMAND [arguments]\n\n",
             listed("commands:", commands), "\n",
             listed("options, before or behind the command:", entries_of(line.globals)),
             "\nEvery option but --help and --version can also come from a variable: TIDE_LOCK_TIMEOUT=30s is "
             "--lock-timeout 30s.\n\n",
             kExitCodes, "\n`tide help COMMAND` says more.\n");
}

std::string command_help(const CommandLine& line, const CommandRow& command) {
  std::vector<Entry> arguments;
  for (const Positional& positional : command.positionals) arguments.push_back({positional.name, positional.help});
  std::string out = cat("tide ", command.name, ": ", command.summary, "\n\nusage: ", usage_line(command), "\n");
  if (*command.help) out += cat("\n", command.help);
  if (!arguments.empty()) out += "\n" + listed("arguments:", arguments);
  if (!command.options.empty()) out += "\n" + listed("options:", entries_of(command.options));
  return out + "\n" + listed("options of every command:", entries_of(line.globals));
}

}  // namespace tide
