// What is tried without leaving anything behind: a dry run, and the verify functions of what is applied.
#include <utility>

#include "base/text.h"
#include "migrate/aftermath.h"
#include "migrate/retry.h"
#include "migrate/runner.h"

namespace tide {

void Runner::say_not_verified(const Work& work) {
  if (!work.verify) return;
  Event event{Event::Kind::kWarning};
  event.text = cat(label(work), ": verify is not run, because statements were recorded and not done");
  events_.emit(event);
}

StepReport Runner::dry_run(const Work& work) {
  const StepWatch watch("up");
  StepReport report = begin_step(work, watch);
  try {
    session_.join(limits_of(work));
    connection_->reset_counters();
    do_work(work);
    connection_->recorded() == 0 ? check_verify(work) : say_not_verified(work);
    session_.end_watch();
  } catch (Error& error) {
    session_.abandon_watch();
    explain(work, error);
    error.note_done("rolled back: this was a dry run, nothing lasts");
    advise(work, error);
    throw watch.failed(std::move(error), work, events_);
  }
  events_.emit(watch.done(report, *connection_, "recorded"));
  return report;
}

StepReport Runner::verify(const Work& work) {
  const StepWatch watch("verify");
  StepReport report = begin_step(work, watch);
  try {
    session_.begin(limits_of(work), attempts_for(Obstacle::kLock));  // there is no other one
    check_verify(work);
    session_.end_watch();
    connection_->rollback();
  } catch (Error& error) {
    roll_back();
    explain(work, error);
    throw watch.failed(std::move(error), work, events_);
  }
  events_.emit(watch.done(report, *connection_, "verified"));
  return report;
}

}  // namespace tide
