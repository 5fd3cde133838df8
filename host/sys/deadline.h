#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

namespace tide {

// Ends what runs too long as Ctrl-C would: when the time is up, every InterruptTarget is told.
class Deadline {
 public:
  explicit Deadline(std::int64_t ms);
  ~Deadline();  // no interrupt comes from it afterwards
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  bool passed() const { return passed_; }

 private:
  std::mutex mutex_;
  std::condition_variable ended_;
  bool over_ = false;
  std::atomic<bool> passed_{false};
  std::thread thread_;
};

}  // namespace tide
