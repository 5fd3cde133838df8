#pragma once

#include <optional>
#include <string>

#include "tide/error.h"

namespace tide {

// Which environment somebody means to work on.
struct Identity {
  std::string environment;  // "production": the name that its database bears, or gets
  // Whether the name and the database were given together: the environment was named, or the URL is its own. Only then
  // does it name a database that has no name yet. `--url` with the default environment is none.
  bool named = false;
  std::string confirmed;  // --confirm: a person's word for the database's name
};

// Nothing when a database that bears the name `bears` ("" = none) may be worked on; otherwise kGate, with both names
// and what to do. `database` says to people which one it is.
std::optional<Error> find_mistaken(const Identity& identity, const std::string& bears, const std::string& database);

}  // namespace tide
