#include "cli/args.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>

#include "base/text.h"

namespace tide {
namespace {

bool takes_value(const Option& option) { return *option.argument != '\0'; }

Error usage(const std::string& message, const CommandRow* command) {
  Error error(ErrorKind::kUsage, message);
  return error.advise(command ? cat("tide help ", command->name) : "tide help");
}

std::string did_you_mean(const std::string& word, const std::vector<std::string>& candidates) {
  const std::string near = nearest(word, candidates);
  return near.empty() ? "" : cat("; did you mean '", near, "'?");
}

// The command line as CLI11 can take it in one go: the command's own word taken out, --name=value in two words.
class Words {
 public:
  Words(const std::vector<std::string>& words, const CommandLine& line) : line_(line) {
    for (std::size_t i = 0; i < words.size(); ++i) {
      const std::string& word = words[i];
      if (only_positionals_ || word.size() < 2 || word[0] != '-') {
        take_positional(word);
      } else if (take_option(word)) {
        if (last_->argument[0] == '[' && !is_run(i + 1 < words.size() ? words[i + 1] : "")) {
          words_.push_back("last");
        } else if (i + 1 < words.size()) {
          words_.push_back(words[++i]);
        }
      }
    }
  }

  const CommandRow* command() const { return command_; }
  std::vector<std::string> reversed() const { return {words_.rbegin(), words_.rend()}; }
  const Option* last_option() const { return last_; }

  std::vector<const Option*> options() const {
    std::vector<const Option*> all;
    for (const Option& option : line_.globals) all.push_back(&option);
    if (command_) {
      for (const Option& option : command_->options) all.push_back(&option);
    }
    return all;
  }

 private:
  // What an option may be given or not, "[RUN]", is told from the word that follows by its first character.
  static bool is_run(const std::string& word) {
    return word == "last" || (!word.empty() && std::isdigit(word[0]) != 0);
  }

  void take_positional(const std::string& word) {
    if (command_) {
      words_.push_back(word);
      return;
    }
    command_ = line_.find(word);
    if (!command_) throw unknown_command(word, line_);
  }

  // True when the next word is this option's value.
  bool take_option(const std::string& word) {
    const std::size_t equals = word.find('=');
    const bool is_long = word[1] == '-';
    only_positionals_ = word == "--";
    last_ = is_long ? find_long(word.substr(2, equals == std::string::npos ? equals : equals - 2)) : open_letter(word);
    if (is_long && last_ && takes_value(*last_) && equals != std::string::npos) {
      words_.push_back(word.substr(0, equals));
      words_.push_back(word.substr(equals + 1));
      return false;
    }
    words_.push_back(word);
    return last_ && takes_value(*last_);
  }

  const Option* find_long(const std::string& name) const {
    for (const Option* option : options()) {
      if (name == option->name) return option;
    }
    return nullptr;
  }

  // The option whose value a group of letters such as -yn still waits for.
  const Option* open_letter(const std::string& word) const {
    for (std::size_t i = 1; i < word.size(); ++i) {
      for (const Option* option : options()) {
        if (option->letter == word[i] && takes_value(*option)) return i + 1 == word.size() ? option : nullptr;
      }
    }
    return nullptr;
  }

  const CommandLine& line_;
  const CommandRow* command_ = nullptr;
  std::vector<std::string> words_;
  const Option* last_ = nullptr;
  bool only_positionals_ = false;
};

std::string cli11_name(const Option& option) {
  const std::string long_name = cat("--", option.name);
  return option.letter ? cat("-", option.letter, ",", long_name) : long_name;
}

void check_choice(const Option& option, const std::string& given_as, const std::string& value) {
  const std::vector<std::string> choices = split(option.argument, '|');
  if (choices.size() < 2 || std::find(choices.begin(), choices.end(), value) != choices.end()) return;
  throw Error(ErrorKind::kUsage, cat(given_as, " is one of ", join(choices, ", "), "; '", value, "' is none of them"));
}

// One CLI11 app for one command: building the others would only cost time.
class Parser {
 public:
  explicit Parser(const Words& words) : words_(words), app_("", "tide") {
    app_.set_help_flag();
    app_.allow_extras();
    for (const Option* option : words.options()) add(*option);
    if (!words.command()) return;
    for (const Positional& positional : words.command()->positionals) {
      positionals_.push_back(positional.many ? app_.add_option(positional.name, lists_[positional.name])
                                             : app_.add_option(positional.name, values_[positional.name]));
    }
  }

  Args parse() {
    try {
      app_.parse(words_.reversed());
    } catch (const CLI::ArgumentMismatch&) {
      const Option* option = words_.last_option();
      if (!option) throw;
      throw usage(cat("--", option->name, " needs a value: --", option->name, " ", option->argument), words_.command());
    }
    refuse_extras();
    return result();
  }

 private:
  void add(const Option& option) {
    auto* added = takes_value(option) ? app_.add_option(cli11_name(option), values_[option.name])
                                      : app_.add_flag(cli11_name(option));
    added->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    options_.emplace_back(&option, added);
  }

  void refuse_extras() const {
    const std::vector<std::string> extras = app_.remaining();
    for (const std::string& extra : extras) {
      if (extra.size() > 1 && extra[0] == '-' && extra != "--") refuse_option(extra.substr(0, extra.find('=')));
    }
    const auto word = std::find_if(extras.begin(), extras.end(), [](const auto& extra) { return extra != "--"; });
    if (word == extras.end()) return;
    throw usage(cat("'", *word, "' is one argument too many: ", usage_line(*words_.command())), words_.command());
  }

  [[noreturn]] void refuse_option(const std::string& word) const {
    std::vector<std::string> candidates;
    for (const Option* option : words_.options()) candidates.push_back(cat("--", option->name));
    throw usage(cat("unknown option '", word, "'", did_you_mean(word, candidates)), words_.command());
  }

  Args result() {
    Args args;
    args.command = words_.command();
    for (const auto& [option, parsed] : options_) {
      if (parsed->count() == 0) continue;
      std::vector<std::string> values = parsed->results();
      for (const std::string& value : values) check(*option, value);
      args.give(option->name, std::move(values), Origin::kFlag);
    }
    for (std::size_t i = 0; i < positionals_.size(); ++i) {
      if (positionals_[i]->count() == 0) continue;
      args.give(words_.command()->positionals[i].name, positionals_[i]->results(), Origin::kFlag);
    }
    return args;
  }

  void check(const Option& option, const std::string& value) const {
    if (takes_value(option)) return check_choice(option, cat("--", option.name), value);
    if (value != "true")
      throw usage(cat("--", option.name, " takes no value, but got '", value, "'"), words_.command());
  }

  const Words& words_;
  CLI::App app_;
  std::map<std::string, std::string> values_;
  std::map<std::string, std::vector<std::string>> lists_;
  std::vector<std::pair<const Option*, CLI::Option*>> options_;
  std::vector<CLI::Option*> positionals_;
};

bool is_yes(const std::string& variable, const std::string& value) {
  const std::string word = lower(value);
  if (word == "1" || word == "true" || word == "yes" || word == "on") return true;
  if (word.empty() || word == "0" || word == "false" || word == "no" || word == "off") return false;
  throw Error(ErrorKind::kUsage, cat("the variable ", variable, " is a flag: 1 or 0, not '", value, "'"));
}

void take_variable(Args& args, const Option& option, const Variables& variables, Origin origin) {
  const std::string name = variable_name(option);
  const auto value = variables(name);
  if (!value || args.has(option.name)) return;
  if (!takes_value(option)) {
    if (is_yes(name, *value)) args.give(option.name, {"true"}, origin);
  } else if (!value->empty()) {
    check_choice(option, cat("the variable ", name), *value);
    args.give(option.name, {*value}, origin);
  }
}

std::string given_as(const std::string& name, Origin origin) {
  if (origin == Origin::kFlag) return cat("--", name);
  return variable_name({name.c_str()});
}

}  // namespace

Error unknown_command(const std::string& word, const CommandLine& line) {
  return usage(cat("unknown command '", word, "'", did_you_mean(word, line.names())), nullptr);
}

const CommandRow* CommandLine::find(const std::string& name) const {
  for (const CommandRow& command : commands) {
    if (name == command.name) return &command;
  }
  return nullptr;
}

std::vector<std::string> CommandLine::names() const {
  std::vector<std::string> names;
  for (const CommandRow& command : commands) names.emplace_back(command.name);
  return names;
}

std::string Args::text(const std::string& name, const std::string& otherwise) const {
  const auto found = given_.find(name);
  return found == given_.end() ? otherwise : found->second.values.back();
}

std::vector<std::string> Args::texts(const std::string& name) const {
  const auto found = given_.find(name);
  return found == given_.end() ? std::vector<std::string>() : found->second.values;
}

int Args::count(const std::string& name) const {
  const auto found = given_.find(name);
  return found == given_.end() ? 0 : static_cast<int>(found->second.values.size());
}

int Args::positive(const std::string& name, int otherwise) const {
  if (!has(name)) return otherwise;
  const std::string value = text(name);
  const bool digits = !value.empty() && value.size() < 10 && value.find_first_not_of("0123456789") == std::string::npos;
  if (digits && std::stoi(value) > 0) return std::stoi(value);
  throw Error(ErrorKind::kUsage, cat(given_as(name, origin(name)), " takes a whole number above 0, not '", value, "'"));
}

std::int64_t Args::duration_ms(const std::string& name, std::int64_t otherwise) const {
  if (!has(name)) return otherwise;
  const std::string value = text(name);
  const std::int64_t ms = parse_duration_ms(value);
  if (ms >= 0) return ms;
  throw Error(ErrorKind::kUsage,
              cat(given_as(name, origin(name)), " takes a duration such as 30s, 500ms or 2m, not '", value, "'"));
}

std::size_t Args::bytes(const std::string& name, std::size_t otherwise) const {
  if (!has(name)) return otherwise;
  const std::string value = text(name);
  const auto digits = std::min(value.find_first_not_of("0123456789"), value.size());
  const std::string unit = lower(std::string_view(value).substr(digits));
  const int shift = unit == "kb" ? 10 : unit == "mb" ? 20 : unit == "gb" ? 30 : -1;
  const std::size_t number = digits > 0 && digits <= 9 ? std::stoul(value.substr(0, digits)) : 0;
  if (shift > 0 && number > 0) return number << shift;
  throw Error(ErrorKind::kUsage,
              cat(given_as(name, origin(name)), " takes a size such as 512MB or 2GB, not '", value, "'"));
}

Origin Args::origin(const std::string& name) const {
  const auto found = given_.find(name);
  return found == given_.end() ? Origin::kNone : found->second.origin;
}

void Args::give(const std::string& name, std::vector<std::string> values, Origin origin) {
  given_[name] = Given{std::move(values), origin};
}

Args parse_args(const std::vector<std::string>& words, const CommandLine& line) {
  const Words prepared(words, line);
  return Parser(prepared).parse();
}

void take_variables(Args& args, const CommandLine& line, const Variables& variables, Origin origin) {
  for (const Option& option : line.globals) {
    if (option.from_variable) take_variable(args, option, variables, origin);
  }
  if (!args.command) return;
  for (const Option& option : args.command->options) {
    if (option.from_variable) take_variable(args, option, variables, origin);
  }
}

void require_positionals(const Args& args) {
  for (const Positional& positional : args.command->positionals) {
    if (!positional.required || args.has(positional.name)) continue;
    throw usage(cat(args.command->name, " needs ", positional.name, ": ", usage_line(*args.command)), args.command);
  }
}

std::string variable_name(const Option& option) {
  std::string name = "TIDE_";
  for (const char* c = option.name; *c; ++c) name += *c == '-' ? '_' : static_cast<char>(std::toupper(*c));
  return name;
}

std::string usage_line(const CommandRow& command) {
  std::string line = cat("tide ", command.name);
  for (const Positional& positional : command.positionals) {
    const std::string name = cat(positional.name, positional.many ? "..." : "");
    line += positional.required ? cat(" ", name) : cat(" [", name, "]");
  }
  for (const Option& option : command.options) {
    const std::string name = option.letter ? cat("-", option.letter) : cat("--", option.name);
    line += takes_value(option) ? cat(" [", name, " ", option.argument, "]") : cat(" [", name, "]");
  }
  return line;
}

}  // namespace tide
