#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "cli/variables.h"
#include "tide/error.h"

namespace tide {

class Session;

// An option, as data: the parser, the help and the completion read these rows.
struct Option {
  const char* name;           // "lock-timeout" is --lock-timeout and the variable TIDE_LOCK_TIMEOUT
  char letter = 0;            // 'y' is -y; 0 = none
  const char* argument = "";  // what the help calls its value; "" = a flag; "a|b" = one of these; "[RUN]" = may lack
  const char* help = "";
  bool from_variable = true;  // false for what asks for a text and does nothing: --help, --version
};

struct Positional {
  const char* name;  // "VERSION"
  bool required = true;
  const char* help = "";
  bool many = false;  // takes all words that follow; the last one of a command
};

struct CommandRow {
  const char* name;
  std::vector<Positional> positionals;
  std::vector<Option> options;
  const char* summary;           // one line, no full stop
  const char* help;              // what `tide help NAME` says besides, in whole lines
  int (*run)(Session& session);  // returns the exit code; raises Error
};

struct CommandLine {
  std::vector<Option> globals;  // taken before and behind the command
  std::vector<CommandRow> commands;

  const CommandRow* find(const std::string& name) const;
  std::vector<std::string> names() const;
};

// Where a value came from, the weakest first.
enum class Origin : std::uint8_t { kNone, kDotenv, kVariable, kFlag };

// What the user gave, by the names of options ("lock-timeout") and positionals ("VERSION").
class Args {
 public:
  const CommandRow* command = nullptr;  // null when no command was named

  bool has(const std::string& name) const { return given_.count(name) > 0; }
  // The last value given.
  std::string text(const std::string& name, const std::string& otherwise = "") const;
  std::vector<std::string> texts(const std::string& name) const;  // every value given, in order
  int count(const std::string& name) const;                       // how often a flag was given
  // kUsage unless it is a whole number above 0.
  int positive(const std::string& name, int otherwise) const;
  // kUsage unless it is a duration such as 30s, 500ms, 2m.
  std::int64_t duration_ms(const std::string& name, std::int64_t otherwise) const;
  // "512MB", "2GB", "64000KB": bytes, by 1024; kUsage unless it is one of these and above 0.
  std::size_t bytes(const std::string& name, std::size_t otherwise) const;
  Origin origin(const std::string& name) const;

  void give(const std::string& name, std::vector<std::string> values, Origin origin);

 private:
  struct Given {
    std::vector<std::string> values;
    Origin origin = Origin::kNone;
  };
  std::map<std::string, Given> given_;
};

// kUsage for what the rows do not allow; the message names the nearest command or option.
Args parse_args(const std::vector<std::string>& words, const CommandLine& line);

// Fills what no flag gave from TIDE_<OPTION>.
void take_variables(Args& args, const CommandLine& line, const Variables& variables, Origin origin);

// kUsage when a positional that the command needs was not given.
void require_positionals(const Args& args);

// kUsage; names the nearest one.
Error unknown_command(const std::string& word, const CommandLine& line);

std::string variable_name(const Option& option);  // "TIDE_LOCK_TIMEOUT"
// "tide up [VERSION]"
std::string usage_line(const CommandRow& command);

}  // namespace tide
