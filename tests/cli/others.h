#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "db/drivers.h"
#include "tide/connection.h"

namespace tide::test {

// A session that has taken a lock in a transaction and keeps it until the time is up or the object goes.
class Holder {
 public:
  Holder(const std::string& url, const std::string& statement,
         std::chrono::milliseconds time = std::chrono::minutes(1));
  ~Holder();

 private:
  std::unique_ptr<Connection> session_;
  std::atomic<bool> over_{false};
  std::thread thread_;
};

// Sessions that run one statement over and over, each in a transaction of its own.
class Traffic {
 public:
  Traffic(const std::string& url, const std::string& statement, int sessions);
  ~Traffic() { stop(); }
  void stop();
  // How long the slowest took, and how many there were.
  std::chrono::milliseconds worst() const { return std::chrono::milliseconds(worst_ms_.load()); }
  int done() const { return done_; }

 private:
  void work(const std::string& url, const std::string& statement);

  std::atomic<bool> stopping_{false};
  std::atomic<std::int64_t> worst_ms_{0};
  std::atomic<int> done_{0};
  std::vector<std::thread> threads_;
};

}  // namespace tide::test
