#pragma once

#include <deque>
#include <optional>

#include "tide/event.h"

namespace tide {

// How fast a long piece of work goes, from its progress events: over the last half minute, so that what it has waited
// before counts no more.
class Rate {
 public:
  // True when another piece of work has begun: another label, or a smaller count.
  bool note(const Event& progress, double now_ms);

  // Nothing as long as nothing moves.
  std::optional<double> per_second() const;
  std::optional<double> seconds_left() const;

 private:
  struct Moment {
    double ms = 0;
    std::int64_t done = 0;
  };
  void keep(const Moment& moment);

  std::string label_;
  std::int64_t total_ = 0;
  Moment last_;
  std::deque<Moment> moments_;
};

}  // namespace tide
