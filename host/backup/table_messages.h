#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>

namespace tide {

// What pg_dump and pg_restore say with --verbose when they come to the rows of a table: for progress, nothing else
// hangs on it. read() may run on another thread than the others.
class TableMessages {
 public:
  // `marker` stands before the table's name, which ends in a quote.
  TableMessages(std::string_view marker, std::size_t tables) : marker_(marker), tables_(tables) {}

  void read(std::string_view piece);
  std::size_t begun() const;
  std::string text() const;  // ", table public.users (3 of 12)", "" before the first

 private:
  void take(std::string_view line);

  const std::string marker_;
  const std::size_t tables_;
  mutable std::mutex mutex_;
  std::string partial_;
  std::string current_;
  std::size_t begun_ = 0;
};

}  // namespace tide
