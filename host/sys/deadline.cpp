#include "sys/deadline.h"

#include <chrono>

#include "sys/interrupt.h"

namespace tide {

Deadline::Deadline(std::int64_t ms) {
  thread_ = std::thread([this, ms] {
    std::unique_lock lock(mutex_);
    if (ended_.wait_for(lock, std::chrono::milliseconds(ms), [this] { return over_; })) return;
    passed_ = interrupt_all();
  });
}

Deadline::~Deadline() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  ended_.notify_all();
  thread_.join();
}

}  // namespace tide
