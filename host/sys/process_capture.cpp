#include "sys/process_capture.h"

#include <algorithm>

#include "base/text.h"

namespace tide {

void Capture::add(std::string_view piece) {
  bytes_ += static_cast<std::int64_t>(piece.size());
  const std::size_t room = std::min(head_limit_ - head_.size(), piece.size());
  head_.append(piece.substr(0, room));
  piece.remove_prefix(room);
  if (piece.size() > tail_limit_) {
    tail_.clear();
    piece.remove_prefix(piece.size() - tail_limit_);
  }
  if (tail_.size() + piece.size() > 2 * tail_limit_) tail_.erase(0, tail_.size() + piece.size() - tail_limit_);
  tail_.append(piece);
}

std::string Capture::take() {
  if (tail_.size() > tail_limit_) tail_.erase(0, tail_.size() - tail_limit_);
  const std::int64_t left_out = bytes_ - static_cast<std::int64_t>(head_.size() + tail_.size());
  if (left_out > 0) head_ += cat("\n[... ", left_out, " bytes left out ...]\n");
  return std::move(head_) + tail_;
}

}  // namespace tide
