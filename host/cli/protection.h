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

// kGate when tide.toml names a gate: none of them can be checked by this build, and none is passed over.
void check_gates(const Environment& environment, const std::string& file);

// Both, for the environment of the session. To be called before anything is changed.
void ask_leave_to_change(Session& session);

}  // namespace tide
