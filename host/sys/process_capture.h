#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tide {

// Keeps what is added to it up to a limit, and of more than that the beginning and the end.
class Capture {
 public:
  explicit Capture(std::size_t limit) : head_limit_(limit - limit / 2), tail_limit_(limit / 2) {}

  void add(std::string_view piece);
  std::int64_t bytes() const { return bytes_; }  // of all that was added
  std::string take();                            // once, at the end

 private:
  std::size_t head_limit_;
  std::size_t tail_limit_;
  std::string head_;
  std::string tail_;  // may hold twice its limit, so that little is moved
  std::int64_t bytes_ = 0;
};

}  // namespace tide
