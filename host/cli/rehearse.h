#pragma once

#include <string>

#include "migrate/engine.h"
#include "migrate/rehearsal_record.h"

namespace tide {

class Session;

// Lets the gate, and the estimate of a real run, find the records; they live shorter than the session.
void offer_rehearsals(Session& session, EngineOptions& options);

// A table for each migration, and what its `down` left.
std::string rehearsal_text(const RehearsalRecord& record);

}  // namespace tide
