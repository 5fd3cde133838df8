#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tide/event.h"

namespace tide {

// Everything a script does to the world outside of its database (commands, HTTP requests, backups, files it writes)
// passes here: it is done, recorded, or refused, and is an event in each case.
class Effects {
 public:
  enum class Policy : std::uint8_t {
    kDo,
    kRecord,  // dry run: an event with `recorded`, nothing is done
    kRefuse,  // read-only sessions: kGate
  };

  explicit Effects(const EventStream* events) : events_(events) {}

  void set_policy(Policy policy) { policy_ = policy; }
  Policy policy() const { return policy_; }
  // kRefuse, with exceptions: the primitives that are done all the same.
  void refuse_all_but(std::vector<std::string> primitives) {
    policy_ = Policy::kRefuse;
    allowed_ = std::move(primitives);
  }
  // How many were done, or begun and failed. A migration that has done none may be run again after a rollback.
  std::int64_t count() const { return count_; }
  // Something else that a rollback does not undo may happen from here on.
  void note() { ++count_; }

  // `primitive` is what a script calls ("shell", "http", "backup"); `what` says to people what is done, secrets and
  // all: the readers of events mask them. `internal`: the stdlib asks by itself, again and again. Returns whether
  // `work` was run.
  bool run(const char* primitive, const std::string& what, const std::function<void()>& work, bool internal = false);

 private:
  void report(Event event) const;

  const EventStream* events_;
  Policy policy_ = Policy::kDo;
  std::vector<std::string> allowed_;
  std::int64_t count_ = 0;
};

}  // namespace tide
