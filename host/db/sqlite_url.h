#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tide {

// What a sqlite: URL says.
struct SqliteUrl {
  std::string path;  // as written, percent-decoded; ":memory:" for a database without a file
  bool memory = false;
  bool read_only = false;               // mode=ro
  bool create = true;                   // false with mode=ro and mode=rw
  std::int64_t busy_timeout_ms = 5000;  // how long a statement waits for a lock; -1 = without limit
  bool foreign_keys = true;
};

bool is_sqlite_url(std::string_view url);

// kConfig naming the part that is wrong and what is allowed.
SqliteUrl parse_sqlite_url(std::string_view url);

// A timeout as PostgreSQL writes it: "3s", "500ms", "2min", "1h", "1d"; a plain number is milliseconds, "0" means
// without limit and is returned as -1. kUsage, naming `setting`, for anything else.
std::int64_t parse_timeout_ms(std::string_view text, std::string_view setting);

}  // namespace tide
