#include "cli/others.h"

#include <gtest/gtest.h>

#include "tide/error.h"

namespace tide::test {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kPause{10};

}  // namespace

Holder::Holder(const std::string& url, const std::string& statement, std::chrono::milliseconds time)
    : session_(open_connection(url)) {
  session_->begin();
  session_->execute(statement);
  thread_ = std::thread([this, until = Clock::now() + time] {
    while (!over_ && Clock::now() < until) std::this_thread::sleep_for(kPause);
    session_->rollback();
  });
}

Holder::~Holder() {
  over_ = true;
  thread_.join();
}

Traffic::Traffic(const std::string& url, const std::string& statement, int sessions) {
  for (int i = 0; i < sessions; ++i) {
    threads_.emplace_back([this, url, statement] { work(url, statement); });
  }
}

void Traffic::stop() {
  stopping_ = true;
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void Traffic::work(const std::string& url, const std::string& statement) {
  try {
    const auto session = open_connection(url);
    while (!stopping_) {
      const Clock::time_point began = Clock::now();
      session->execute(statement);
      const std::int64_t ms = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began).count();
      for (std::int64_t worst = worst_ms_; ms > worst && !worst_ms_.compare_exchange_weak(worst, ms);) continue;
      ++done_;
      std::this_thread::sleep_for(kPause);
    }
  } catch (const Error& error) {
    ADD_FAILURE() << "traffic: " << error.message;
  }
}

}  // namespace tide::test
