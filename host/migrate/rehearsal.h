#pragma once

#include <string>

#include "migrate/engine.h"
#include "migrate/rehearsal_record.h"

namespace tide {

class EngineSession;

struct RehearsalRequest {
  UpRequest up;               // what is pending
  std::string plan_hash;      // of the plan that is meant
  std::string last_applied;   // version; what the copy lacks up to there is applied first, unmeasured. "" = nothing
  std::string inspect_url;    // of the copy, for one who may read everything there
  bool down = true;           // also `down`, and `up` once more
  bool with_effects = false;  // also what scripts do outside of their database
};

// Runs the plan on a copy, which `session` is open on: each step up with its verify, down, and up again. Compares
// schema and rows before the first and after the second of these. What fails or differs is the record's error; steps
// before it are in the record. Raises what is wrong before the first step: kHistory when the copy's plan is not the one
// meant.
RehearsalRecord rehearse(EngineSession& session, const RehearsalRequest& request);

}  // namespace tide
