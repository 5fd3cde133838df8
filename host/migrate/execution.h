#pragma once

#include <functional>
#include <string>

#include "migrate/engine.h"
#include "migrate/engine_session.h"

namespace tide {

struct Execution {
  std::function<Plan(const Situation&)> make_plan;
  std::string approved;   // hash of the only plan that may run; "" = any
  bool together = false;  // all steps in one transaction
};

// Makes the plan, loads every step and checks the gates, then takes the migrator lock, plans again and runs it. A step
// that fails is in the report, with its error; what is wrong before the first step is raised.
RunReport execute(EngineSession& session, const Execution& execution);

// The gates that this plan would meet shut now. Loads its steps, and raises what is wrong with them.
std::vector<ShutGate> shut_gates(EngineSession& session, const Plan& plan);

// kGate when `plan` has steps and is not the approved one.
void check_approved(const Plan& plan, const std::string& approved);

}  // namespace tide
