#pragma once

#include <functional>
#include <optional>
#include <string>

namespace tide {

// What scripts learn from whoever started them. Where a function is missing, there is nothing to learn.
struct ScriptInputs {
  // env(name): a variable of the process, or of .env.
  std::function<std::optional<std::string>(const std::string& name)> variable;
  // secret(name). kConfig says where it was looked for.
  std::function<std::string(const std::string& name)> secret;
  // The value that was given beforehand under this name: --set NAME=VALUE.
  std::function<std::optional<std::string>(const std::string& name)> given;
  // Asks a person, not showing what is typed when `hidden`; nothing when there is no terminal, or no more input.
  std::function<std::optional<std::string>(const std::string& question, bool hidden)> ask;
  bool yes = false;  // --yes: whoever started it said yes to all questions
};

}  // namespace tide
