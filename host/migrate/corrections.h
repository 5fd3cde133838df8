#pragma once

#include <string>
#include <vector>

#include "migrate/engine_session.h"

namespace tide {

// What people write into the history without anything being run.

// Records every pending version up to `version` as applied, in one transaction; returns them.
std::vector<std::string> baseline(EngineSession& session, const std::string& version);
// The database belongs to the session's environment from now on. Returns false when it did already; kUsage when it
// belonged to another one than `was`.
bool rename_environment(EngineSession& session, const std::string& was, const std::string& reason);
// Returns the version it resolved to.
std::string resolve(EngineSession& session, const std::string& version, Resolution resolution,
                    const std::string& reason);

}  // namespace tide
