#include "migrate/step_watch.h"

#include <cmath>
#include <memory>
#include <string_view>

#include "base/text.h"
#include "migrate/aftermath.h"

namespace tide {

double StepWatch::ms() const {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun_).count();
}

std::int64_t StepWatch::whole_ms() const { return std::llround(ms()); }

Event StepWatch::event(Event::Kind kind, const Work& work) const {
  Event event{kind};
  event.version = work.step.version;
  event.name = work.step.name;
  event.direction = direction_;
  return event;
}

Event StepWatch::done(StepReport& report, const Connection& connection, const char* state) const {
  report.state = state;
  report.duration_ms = whole_ms();
  report.statements = connection.statements();
  report.rows = connection.rows();
  Event event{Event::Kind::kStepDone};
  event.version = report.version;
  event.name = report.name;
  event.direction = direction_;
  event.state = state;
  event.ms = ms();
  event.statements = report.statements;
  event.rows = report.rows;
  return event;
}

Error StepWatch::failed(Error error, const Work& work, const EventStream& events) const {
  if (error.file.empty() && work.step.source) error.at(work.step.source->path);
  error.step = cat(label(work), " (", std::string_view(direction_), ")");
  Event failure = event(Event::Kind::kStepFailed, work);
  failure.ms = ms();
  failure.error = std::make_shared<Error>(error);
  events.emit(failure);
  return error;
}

}  // namespace tide
