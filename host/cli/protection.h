#pragma once

#include <functional>
#include <optional>
#include <string>

#include "cli/config.h"

namespace tide {

class Session;

// What a protected environment needs to know before it lets itself be changed.
struct Consent {
  std::optional<std::string> confirm;  // --confirm NAME
  // Asks a person; nothing when there is no terminal.
  std::function<std::optional<std::string>(const std::string& question)> ask;
};

// kGate unless the environment is unprotected or its name was given.
void check_protection(const Environment& environment, const std::string& shown_url, const Consent& consent);

// The same for the environment of the session. To be called before anything is changed.
void ask_leave_to_change(Session& session);

}  // namespace tide
