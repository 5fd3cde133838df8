#include "migrate/pace.h"

#include "base/text.h"

namespace tide {
namespace {

constexpr double kFactor = 5;
constexpr double kNoticeableMs = 1000;

}  // namespace

std::string estimate_text(const Estimate& estimate) {
  const std::string lock =
      estimate.lock.empty() ? "" : cat(", ", estimate.lock, " for ", human_duration(estimate.held_ms));
  return cat("rehearsed: ", human_duration(estimate.ms), lock, estimate.with_rows ? "" : " (on a copy without rows)");
}

bool far_beyond(const Estimate& estimate, double ms) {
  return estimate.with_rows && ms > kNoticeableMs && ms > kFactor * estimate.ms;
}

Pace::Pace(EstimateOf estimate_of, const Plan& plan, EventStream& events)
    : estimate_of_(std::move(estimate_of)), events_(events) {
  for (const PlanStep& step : plan.steps) steps_.emplace(std::pair(step.version, direction_name(step.direction)), step);
}

void Pace::read(const Event& event) {
  if (ended_) return;
  if (event.kind == Event::Kind::kStepBegun) return begin(event);
  if (event.kind == Event::Kind::kStatementDone || event.kind == Event::Kind::kEffect) return check();
  if (event.kind == Event::Kind::kStepDone || event.kind == Event::Kind::kStepFailed) {
    check();
    estimate_.reset();
  }
}

void Pace::begin(const Event& event) {
  estimate_.reset();
  begun_ = std::chrono::steady_clock::now();
  const auto step = steps_.find({event.version, event.direction});
  if (step == steps_.end()) return;
  estimate_ = estimate_of_(step->second);
  if (!estimate_) return;
  step_ = cat(step->second.version, " ", step->second.name);
  Event said{Event::Kind::kLog};
  said.level = "info";
  said.text = cat(step_, " ", estimate_text(*estimate_));
  events_.emit(said);
}

void Pace::check() {
  if (!estimate_) return;
  const double ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun_).count();
  if (!far_beyond(*estimate_, ms)) return;
  Event warning{Event::Kind::kWarning};
  warning.text = cat(step_, " takes much longer than rehearsed: ", human_duration(ms), " so far, rehearsed in ",
                     human_duration(estimate_->ms));
  estimate_.reset();
  events_.emit(warning);
}

}  // namespace tide
