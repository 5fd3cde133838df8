#include "cli/completion.h"

#include "base/text.h"
#include "cli/commands.h"
#include "cli/session.h"
#include "sys/process.h"

namespace tide {
namespace {

// What a shell can offer for the value of an option or argument, from how the help calls it.
std::vector<std::string> choices(const std::string& argument, const CommandLine& line) {
  if (argument == "COMMAND") return line.names();
  if (argument == "SHELL") return {"bash", "zsh", "fish"};
  const std::vector<std::string> parts = split(argument, '|');
  return parts.size() > 1 ? parts : std::vector<std::string>{};
}

std::string option_words(const std::vector<Option>& options) {
  std::vector<std::string> words;
  for (const Option& option : options) {
    if (option.letter) words.push_back(cat("-", option.letter));
    words.push_back(cat("--", option.name));
  }
  return join(words, " ");
}

std::string argument_words(const CommandRow& command, const CommandLine& line) {
  std::vector<std::string> words;
  for (const Positional& positional : command.positionals) {
    for (const std::string& choice : choices(positional.name, line)) words.push_back(choice);
  }
  return join(words, " ");
}

std::string bash_option_cases(const CommandLine& line) {
  std::string out;
  for (const Option& option : line.globals) {
    const std::string argument = option.argument;
    const std::string pattern = option.letter ? cat("-", option.letter, "|--", option.name) : cat("--", option.name);
    const std::vector<std::string> values = choices(argument, line);
    if (!values.empty()) {
      out += cat("    ", pattern, ") COMPREPLY=($(compgen -W \"", join(values, " "), "\" -- \"$word\")); return ;;\n");
    } else if (argument == "DIR" || argument == "FILE") {
      out += cat("    ", pattern, ") COMPREPLY=($(compgen ", argument == "DIR" ? "-d" : "-f",
                 " -- \"$word\")); return ;;\n");
    } else if (!argument.empty()) {
      out += cat("    ", pattern, ") return ;;\n");
    }
  }
  return out;
}

std::string zsh_option(const Option& option, const CommandLine& line) {
  const std::string argument = option.argument;
  const std::vector<std::string> values = choices(argument, line);
  std::string action;
  if (!values.empty())
    action = cat(":value:(", join(values, " "), ")");
  else if (argument == "DIR")
    action = ":directory:_files -/";
  else if (argument == "FILE")
    action = ":file:_files";
  else if (!argument.empty())
    action = cat(":", argument, ":");
  std::string help;
  for (const char c : std::string(option.help))
    help += c == '[' || c == ']' || c == ':' ? cat("\\", c) : std::string(1, c);
  const std::string name = cat("--", option.name);
  if (!option.letter) return shell_quoted(cat(name, "[", help, "]", action));
  const std::string letter = cat("-", option.letter);
  return cat("{", letter, ",", name, "}", shell_quoted(cat("[", help, "]", action)));
}

std::string zsh_options(const std::vector<Option>& options, const CommandLine& line) {
  std::string out;
  for (const Option& option : options) out += cat(" \\\n      ", zsh_option(option, line));
  return out;
}

std::string fish_option(const Option& option, const std::string& condition, const CommandLine& line) {
  std::string out = cat("complete -c tide", condition, " -l ", option.name);
  if (option.letter) out += cat(" -s ", option.letter);
  const std::string argument = option.argument;
  if (argument == "DIR" || argument == "FILE")
    out += " -rF";
  else if (!argument.empty())
    out += " -x";
  if (const auto values = choices(argument, line); !values.empty()) out += cat(" -a ", shell_quoted(join(values, " ")));
  return cat(out, " -d ", shell_quoted(option.help), "\n");
}

}  // namespace

std::string bash_completion(const CommandLine& line) {
  std::string commands;
  for (const CommandRow& command : line.commands) {
    commands += cat("    ", command.name, ") options=\"", option_words(command.options), "\" arguments=\"",
                    argument_words(command, line), "\" ;;\n");
  }
  return cat(
      "_tide() {\n"
      "  local word=\"${COMP_WORDS[COMP_CWORD]}\" before=\"${COMP_WORDS[COMP_CWORD-1]}\" command=\"\" options=\"\" "
      "arguments i\n"
      "  local commands=\"",
      join(line.names(), " "),
      "\"\n"
      "  arguments=\"$commands\"\n"
      "  case \"$before\" in\n",
      bash_option_cases(line),
      "  esac\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    case \" $commands \" in *\" ${COMP_WORDS[i]} \"*) command=\"${COMP_WORDS[i]}\"; break ;; esac\n"
      "  done\n"
      "  case \"$command\" in\n",
      commands,
      "  esac\n"
      "  case \"$word\" in\n"
      "    -*) COMPREPLY=($(compgen -W \"$options ",
      option_words(line.globals),
      "\" -- \"$word\")) ;;\n"
      "    *) COMPREPLY=($(compgen -W \"$arguments\" -- \"$word\")) ;;\n"
      "  esac\n"
      "}\n"
      "complete -F _tide tide\n");
}

std::string zsh_completion(const CommandLine& line) {
  std::string descriptions, cases;
  for (const CommandRow& command : line.commands) {
    descriptions += cat("    ", shell_quoted(cat(command.name, ":", command.summary)), "\n");
    std::string positionals;
    for (const Positional& positional : command.positionals) {
      const std::vector<std::string> values = choices(positional.name, line);
      positionals += cat(" \\\n      ", shell_quoted(cat(positional.required ? ":" : "::", positional.name, ":",
                                                         values.empty() ? "" : cat("(", join(values, " "), ")"))));
    }
    cases +=
        cat("    ", command.name, ") _arguments -s $globals", zsh_options(command.options, line), positionals, " ;;\n");
  }
  return cat(
      "#compdef tide\n"
      "_tide() {\n"
      "  local -a commands globals\n"
      "  local state line\n"
      "  commands=(\n",
      descriptions,
      "  )\n"
      "  globals=(",
      zsh_options(line.globals, line),
      "\n  )\n"
      "  _arguments -s -C $globals '1: :->command' '*:: :->rest'\n"
      "  case $state in\n"
      "    command) _describe command commands ;;\n"
      "    rest) case $words[1] in\n",
      cases,
      "    esac ;;\n"
      "  esac\n"
      "}\n"
      "compdef _tide tide\n");
}

std::string fish_completion(const CommandLine& line) {
  std::string out = "complete -c tide -f\n";
  for (const Option& option : line.globals) out += fish_option(option, "", line);
  for (const CommandRow& command : line.commands) {
    out +=
        cat("complete -c tide -n __fish_use_subcommand -a ", command.name, " -d ", shell_quoted(command.summary), "\n");
    const std::string condition = cat(" -n '__fish_seen_subcommand_from ", command.name, "'");
    for (const Option& option : command.options) out += fish_option(option, condition, line);
    const std::string words = argument_words(command, line);
    if (!words.empty()) out += cat("complete -c tide", condition, " -a ", shell_quoted(words), "\n");
  }
  return out;
}

int run_completion(Session& session) {
  const std::string shell = session.args().text("SHELL");
  const CommandLine& line = session.line();
  if (shell == "bash") return session.output().print(bash_completion(line)), 0;
  if (shell == "zsh") return session.output().print(zsh_completion(line)), 0;
  if (shell == "fish") return session.output().print(fish_completion(line)), 0;
  throw Error(ErrorKind::kUsage, cat("there is no completion for '", shell, "'; there is for bash, zsh, fish"));
}

}  // namespace tide
