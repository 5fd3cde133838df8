#pragma once

#include <functional>

#include "base/json.h"
#include "cli/rate.h"
#include "tide/event.h"

namespace tide {

// Reads the events for programs: of progress, one JSON object at most once a second, and where it begins, ends, or
// waits for something else. {event: "progress", label, done, total, rate, remaining_seconds} and what else the event
// names; what is not known is null.
class ProgressEvents {
 public:
  using Write = std::function<void(const Json&)>;

  ProgressEvents(Write write, std::function<double()> now_ms) : write_(std::move(write)), now_ms_(std::move(now_ms)) {}

  void read(const Event& event);

 private:
  bool is_due(const Event& event, bool anew, double now) const;

  Write write_;
  std::function<double()> now_ms_;
  Rate rate_;
  double told_ = 0;  // ms
  std::int64_t told_done_ = 0;
  bool told_waiting_ = false;
};

}  // namespace tide
