#include "cli/rate.h"

namespace tide {
namespace {

constexpr double kWindowMs = 30000;
constexpr double kApartMs = 200;

}  // namespace

bool Rate::note(const Event& progress, double now_ms) {
  const bool anew = moments_.empty() || progress.text != label_ || progress.done < last_.done;
  if (anew) moments_.clear();
  label_ = progress.text;
  total_ = progress.total;
  last_ = {now_ms, progress.done};
  keep(last_);
  return anew;
}

void Rate::keep(const Moment& moment) {
  if (moments_.empty() || moment.ms - moments_.back().ms >= kApartMs) moments_.push_back(moment);
  while (moments_.size() > 1 && moments_[1].ms < moment.ms - kWindowMs) moments_.pop_front();
}

std::optional<double> Rate::per_second() const {
  if (moments_.empty()) return std::nullopt;
  const double elapsed = last_.ms - moments_.front().ms;
  const std::int64_t moved = last_.done - moments_.front().done;
  if (elapsed <= 0 || moved <= 0) return std::nullopt;
  return static_cast<double>(moved) * 1000 / elapsed;
}

std::optional<double> Rate::seconds_left() const {
  const auto rate = per_second();
  if (!rate || total_ <= last_.done) return std::nullopt;
  return static_cast<double>(total_ - last_.done) / *rate;
}

}  // namespace tide
