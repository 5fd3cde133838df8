#include "db/background.h"

#include <chrono>
#include <utility>

namespace tide {

namespace {

void roll_back(Connection& connection) noexcept {
  try {
    connection.rollback();
  } catch (const Error&) {
    // the session is gone, and the transaction with it
  }
}

// False when it affected another number of rows than expected.
bool run_step(Connection& connection, const BatchStep& step, std::string_view lines, BatchOutcome& outcome) {
  const std::int64_t rows =
      step.takes_lines ? connection.copy_data(step.statement, lines) : connection.execute(step.statement);
  outcome.counts.push_back(rows);
  return step.expected < 0 || rows == step.expected;
}

}  // namespace

Background::Background(std::shared_ptr<Connection> connection, const EventStream* events, Work work)
    : connection_(std::move(connection)), events_(events) {
  collector_.add([this](const Event& event) { seen_.push_back(event); });
  connection_->set_events(&collector_);
  running_ = std::async(std::launch::async, [this, task = std::move(work)] { task(*connection_); });
}

Background::~Background() {
  if (!running_.valid()) return;
  running_.wait();
  connection_->set_events(events_);
}

void Background::wait() {
  running_.wait();
  connection_->set_events(events_);
  tell();
  running_.get();
}

void Background::tell() {
  const std::vector<Event> seen = std::exchange(seen_, {});
  if (events_ == nullptr) return;
  for (const Event& event : seen) events_->emit(event);
}

BatchOutcome run_batch(Connection& connection, const std::vector<BatchStep>& steps, std::string_view lines) {
  const auto began = std::chrono::steady_clock::now();
  BatchOutcome outcome;
  const bool own = connection.transaction_state() == TransactionState::kIdle;
  if (own) connection.begin();
  try {
    for (const BatchStep& step : steps) {
      if (outcome.unexpected > 0) break;
      if (!run_step(connection, step, lines, outcome)) outcome.unexpected = outcome.counts.size();
    }
    if (own) outcome.unexpected > 0 ? connection.rollback() : connection.commit();
  } catch (...) {
    if (own) roll_back(connection);
    throw;
  }
  outcome.ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began).count();
  return outcome;
}

}  // namespace tide
