#pragma once

#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <string_view>
#include <vector>

#include "tide/connection.h"
#include "tide/event.h"

namespace tide {

// Work on one connection, on a thread of its own, begun by the constructor. Until wait() has returned nothing else may
// use the connection, except interrupt(). What happened meanwhile becomes events at wait(), on the thread that waits.
class Background {
 public:
  using Work = std::function<void(Connection&)>;
  // `events` is what the connection reports to before and after; nullptr = nothing.
  Background(std::shared_ptr<Connection> connection, const EventStream* events, Work work);
  ~Background();  // waits; what the work raised is lost
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  // Raises what the work raised.
  void wait();

 private:
  void tell();

  std::shared_ptr<Connection> connection_;
  const EventStream* events_;
  std::vector<Event> seen_;
  EventStream collector_;
  std::future<void> running_;
};

// A statement of a batch.
struct BatchStep {
  Statement statement;
  std::int64_t expected = -1;  // rows it must affect; -1 = any
  bool takes_lines = false;    // a COPY ... FROM STDIN that gets the batch's lines
};

struct BatchOutcome {
  std::vector<std::int64_t> counts;  // rows affected, by step
  std::size_t unexpected = 0;        // 1-based step that affected another number than expected; 0 = none
  double ms = 0;
};

// Runs the steps in a transaction of their own and commits; where a count is not the expected one, or a step fails,
// everything is rolled back. Where a transaction is open already the steps belong to it, and the caller ends it.
BatchOutcome run_batch(Connection& connection, const std::vector<BatchStep>& steps, std::string_view lines);

}  // namespace tide
