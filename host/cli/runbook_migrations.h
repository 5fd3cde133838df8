#pragma once

#include "base/json.h"

namespace tide {

class Session;

// What a runbook asks of the migrations: {verb = "up" | "down" | "plan" | "status" | "verify", target, count, to,
// allow_out_of_order, plan_hash, dir} -> the document that the command of that name prints. Raises what the command
// fails with.
Json run_migrations(Session& session, const Json& request);

}  // namespace tide
