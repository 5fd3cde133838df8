#include "cli/progress_events.h"

#include <cmath>

namespace tide {
namespace {

constexpr double kEveryMs = 1000;

Json tenths(const std::optional<double>& number) { return number ? Json(std::round(*number * 10) / 10) : Json(); }

Json as_json(const Event& event, const Rate& rate) {
  Json::Object object = {{"event", "progress"},
                         {"label", event.text},
                         {"done", event.done},
                         {"total", event.total > 0 ? Json(event.total) : Json()},
                         {"rate", tenths(rate.per_second())},
                         {"remaining_seconds", tenths(rate.seconds_left())}};
  for (std::size_t i = 0; i + 1 < event.params.size(); i += 2) {
    object.emplace_back(std::get<std::string>(event.params[i].data), to_json(event.params[i + 1]));
  }
  return object;
}

bool is_waiting(const Event& event) {
  for (std::size_t i = 0; i + 1 < event.params.size(); i += 2) {
    if (event.params[i] == Value("waiting")) return !event.params[i + 1].is_null();
  }
  return false;
}

}  // namespace

void ProgressEvents::read(const Event& event) {
  if (event.kind != Event::Kind::kProgress) return;
  const double now = now_ms_();
  const bool anew = rate_.note(event, now);
  if (!is_due(event, anew, now)) return;
  told_ = now;
  told_done_ = event.done;
  told_waiting_ = is_waiting(event);
  write_(as_json(event, rate_));
}

bool ProgressEvents::is_due(const Event& event, bool anew, double now) const {
  const bool ends = event.total > 0 && event.done >= event.total && event.done != told_done_;
  return anew || ends || now - told_ >= kEveryMs || is_waiting(event) != told_waiting_;
}

}  // namespace tide
