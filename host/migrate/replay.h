#pragma once

#include <memory>

#include "tide/connection.h"

namespace tide {

class EngineSession;

// Applies to an empty database what the history says is applied, in order of version, from the sources that the history
// keeps. Nothing is verified, no history is written there, and what the scripts do outside of that database is recorded
// and not done. Returns how many migrations there were.
// kHistory when there is no history, when a migration of it is unfinished, or when it keeps no source of one. What a
// migration raises is raised with the step it comes from.
int replay_history(EngineSession& session, const std::shared_ptr<Connection>& scratch);

}  // namespace tide
