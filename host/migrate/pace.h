#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "tide/event.h"
#include "tide/migration.h"

namespace tide {

// How long a step took when it was rehearsed, and the strongest lock it held on a table.
struct Estimate {
  double ms = 0;
  std::string lock;  // "ACCESS EXCLUSIVE on public.users"; "" = none that others would feel
  double held_ms = 0;
  bool with_rows = true;  // the copy had rows
};
// Nothing for a step that was not rehearsed.
using EstimateOf = std::function<std::optional<Estimate>(const PlanStep& step)>;

// "rehearsed: 1.2 s, ACCESS EXCLUSIVE on public.users for 0.8 s"
std::string estimate_text(const Estimate& estimate);
// Whether a step that has run for so long takes much longer than rehearsed.
bool far_beyond(const Estimate& estimate, double ms);

// A reader of the stream that says, when a step begins, what its rehearsal was like, and warns once when it takes much
// longer: when the statement has ended in which that became so.
class Pace {
 public:
  Pace(EstimateOf estimate_of, const Plan& plan, EventStream& events);
  void read(const Event& event);
  void end() { ended_ = true; }  // the plan is over

 private:
  void begin(const Event& event);
  void check();

  EstimateOf estimate_of_;
  std::map<std::pair<std::string, std::string>, PlanStep> steps_;  // by version and direction
  EventStream& events_;
  std::optional<Estimate> estimate_;
  std::string step_;
  std::chrono::steady_clock::time_point begun_;
  bool ended_ = false;
};

}  // namespace tide
