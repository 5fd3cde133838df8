#pragma once

#include <chrono>
#include <cstdint>

#include "migrate/engine.h"
#include "migrate/work.h"
#include "tide/connection.h"
#include "tide/event.h"

namespace tide {

// One step as the readers of events see it: begun, and done or failed.
class StepWatch {
 public:
  explicit StepWatch(const char* direction) : direction_(direction) {}  // "up", "down", "verify"
  double ms() const;
  std::int64_t whole_ms() const;
  const char* direction() const { return direction_; }

  Event event(Event::Kind kind, const Work& work) const;
  // Fills the report of the step, and returns the event that says the same.
  Event done(StepReport& report, const Connection& connection, const char* state) const;
  // The error as it leaves the step.
  Error failed(Error error, const Work& work, const EventStream& events) const;

 private:
  const char* direction_;
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
};

}  // namespace tide
