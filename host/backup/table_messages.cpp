#include "backup/table_messages.h"

#include "base/text.h"

namespace tide {

void TableMessages::read(std::string_view piece) {
  const std::lock_guard lock(mutex_);
  partial_.append(piece);
  std::size_t begin = 0;
  for (std::size_t end; (end = partial_.find('\n', begin)) != std::string::npos; begin = end + 1) {
    take(std::string_view(partial_).substr(begin, end - begin));
  }
  partial_.erase(0, begin);
}

void TableMessages::take(std::string_view line) {
  const std::size_t at = line.find(marker_);
  if (at == line.npos) return;
  current_ = line.substr(at + marker_.size());
  current_ = current_.substr(0, current_.rfind('"'));
  ++begun_;
}

std::size_t TableMessages::begun() const {
  const std::lock_guard lock(mutex_);
  return begun_;
}

std::string TableMessages::text() const {
  const std::lock_guard lock(mutex_);
  return current_.empty() ? "" : cat(", table ", current_, " (", begun_, " of ", tables_, ")");
}

}  // namespace tide
