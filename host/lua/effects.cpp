#include "lua/effects.h"

#include <algorithm>
#include <chrono>
#include <memory>

#include "base/text.h"
#include "tide/error.h"

namespace tide {

bool Effects::run(const char* primitive, const std::string& what, const std::function<void()>& work, bool internal) {
  const bool allowed = std::find(allowed_.begin(), allowed_.end(), primitive) != allowed_.end();
  if (policy_ == Policy::kRefuse && !allowed) {
    Error error(ErrorKind::kGate, cat(primitive, " is off in this read-only session: ", what, " was not done"));
    throw error.advise(cat("--allow ", primitive, "   lets scripts of the session use it"));
  }
  Event event{Event::Kind::kEffect};
  event.name = primitive;
  event.text = what;
  event.internal = internal;
  event.recorded = policy_ == Policy::kRecord;
  if (event.recorded) {
    report(std::move(event));
    return false;
  }
  ++count_;
  const auto begun = std::chrono::steady_clock::now();
  const auto elapsed = [begun] {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun).count();
  };
  try {
    work();
  } catch (const Error& error) {
    event.ms = elapsed();
    event.error = std::make_shared<Error>(error);
    report(std::move(event));
    throw;
  }
  event.ms = elapsed();
  report(std::move(event));
  return true;
}

void Effects::report(Event event) const {
  if (events_ != nullptr) events_->emit(event);
}

}  // namespace tide
